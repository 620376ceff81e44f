import concurrent.futures
import unittest

import belay
from board import Board


class Batches(unittest.TestCase):
    def test_calls_go_together_and_each_has_its_result(self):
        with Board() as board, belay.Device(board.port) as device:

            @device.task
            def add(a, b=1):
                return a + b

            with device.batch() as batch:
                batch("1")
            before = board.control("round_trips")
            with device.batch() as batch:
                first = batch("base = 5")
                second = batch("base * 2")
                third = batch("1 / 0")
                fourth = batch.call(add, 3, b=4)
                fifth = batch("object()")
                self.assertEqual(len(batch), 5)
                self.assertFalse(second.done())
            trips = board.control("round_trips") - before
            self.assertLessEqual(trips, 2)
            self.assertIsNone(first.result())
            self.assertEqual((second.result(), fourth.result()), (10, 7))
            self.assertIs(fifth.result(), belay.UNPARSABLE_RESULT)
            with self.assertRaisesRegex(belay.PyboardException, "ZeroDivisionError"):
                third.result()

    def test_a_block_that_fails_sends_nothing(self):
        with belay.Device("sim:?fresh") as device:
            with self.assertRaises(KeyError), device.batch() as batch:
                future = batch("sent = 1")
                raise KeyError
            self.assertTrue(future.cancelled())
            self.assertFalse(device("'sent' in globals()"))

    def test_futures(self):
        with belay.Device("sim:?fresh") as device:

            @device.task
            def slow(x):
                return x

            futures = [device.submit(slow, i) for i in range(4)]
            futures.append(device.submit("6 * 7"))
            done, _ = concurrent.futures.wait(futures, timeout=20)
            self.assertEqual([future.result() for future in futures], [0, 1, 2, 3, 42])
            with self.assertRaises(belay.PyboardException):
                device.submit("1 / 0").result()


if __name__ == "__main__":
    unittest.main()
