import threading
import unittest

import belay
from board import Board


def resident():
    """The memory of this process, in bytes."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


class Soak(unittest.TestCase):
    def test_a_hundred_thousand_calls_of_several_threads(self):
        with Board() as board, belay.Device(board.port) as device:

            @device.task
            def same(x):
                return x

            wrong = []

            def work(number, count):
                for i in range(count):
                    value = [number, i]
                    if same(value) != value:
                        wrong.append(value)

            def rounds(count):
                threads = [threading.Thread(target=work, args=(number, count)) for number in range(4)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()

            # Calls one by one, and calls that go to the board together.
            def batches(count):
                for number in range(count):
                    with device.batch() as batch:
                        futures = [batch.call(same, [number, i]) for i in range(20)]
                    values = [future.result() for future in futures]
                    wrong.extend(value for i, value in enumerate(values) if value != [number, i])

            rounds(250)
            batches(50)
            before = resident()
            rounds(10_000)
            batches(3_000)
            self.assertEqual(wrong, [])
            self.assertLess(resident() - before, 2 << 20)
            # Objects that stay on the board, and what is printed, leave nothing behind, either.
            def others(count):
                for _ in range(count):
                    device.proxy("[1, 2]")[0]
                    device("print('x')", stream_out=None)
                return device("__import__('gc').collect() or __import__('gc').mem_alloc()")

            on_board = others(200)
            before = resident()
            # Five hundred lists that stayed there would be twice as much; the board's collector leaves some.
            self.assertLess(others(500) - on_board, 16 << 10)
            self.assertLess(resident() - before, 1 << 20)


if __name__ == "__main__":
    unittest.main()
