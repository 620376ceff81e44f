import threading
import unittest

import belay


def resident():
    """The memory of this process, in bytes."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


class Soak(unittest.TestCase):
    def test_many_calls_of_several_threads(self):
        with belay.Device("sim:?fresh") as device:

            @device.task
            def same(x):
                return x

            wrong = []

            def work(number, count):
                for i in range(count):
                    value = [number, i, "text", {"a": 1.5}]
                    if same(value) != value:
                        wrong.append(value)

            def rounds(count):
                threads = [threading.Thread(target=work, args=(number, count)) for number in range(4)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()

            rounds(250)
            before = resident()
            rounds(1000)
            work(4, 3000)
            self.assertEqual(wrong, [])
            self.assertLess(resident() - before, 4 << 20)


if __name__ == "__main__":
    unittest.main()
