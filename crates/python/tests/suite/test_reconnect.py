import time
import unittest

import belay
from board import Board


class Reconnect(unittest.TestCase):
    def test_a_call_after_the_cable_was_pulled_finds_the_board_again(self):
        with Board() as board:
            device = belay.Device(board.port, attempts=10)
            device("base = 40")
            device("unrecorded = 1", record=False)
            device("values = []")
            device("values.append(1)")

            @device.task
            def add(x):
                return base + x

            @device.setup
            def more(amount):
                base = base + amount

            @device.setup(record=False)
            def passing():
                passing_by = True

            @device.task(record=True)
            def note(x):
                values.append(x)

            more(1)
            passing()
            note(2)
            add(1)
            self.assertEqual(add(1), 42)
            board.control("unplug")
            board.control("plug_in")
            self.assertEqual(add(1), 42)
            self.assertEqual(device("values"), [1, 2])
            self.assertFalse(device("'unrecorded' in globals() or 'passing_by' in globals()"))
            device.close()

    def test_without_attempts_the_connection_is_lost(self):
        with Board() as board:
            device = belay.Device(board.port)
            board.control("unplug")
            with self.assertRaises(belay.ConnectionLost):
                device("1")
            device.close()

    def test_attempts_come_to_an_end(self):
        with Board() as board:
            device = belay.Device(board.port, attempts=2)
            board.control("unplug")
            begun = time.monotonic()
            with self.assertRaises(belay.ConnectionLost):
                device("1")
            self.assertLess(time.monotonic() - begun, 8)
            device.close()

    def test_reconnecting_by_hand(self):
        with Board() as board:
            device = belay.Device(board.port, attempts=1)
            device("kept = 1")
            device("lost = 1", record=False)
            device.reconnect()
            self.assertEqual(device("kept"), 1)
            self.assertFalse(device("'lost' in globals()"))
            device.close()
            device = belay.Device(board.port)
            device("kept = 1")
            device.reconnect(attempts=2)
            self.assertFalse(device("'kept' in globals()"))
            device.close()

    def test_a_history_that_is_too_long(self):
        with Board() as board:
            device = belay.Device(board.port, attempts=1)
            for i in range(device.MAX_CMD_HISTORY_LEN + 5):
                device(f"x = {i}")
            self.assertEqual(device("x"), device.MAX_CMD_HISTORY_LEN + 4)
            with self.assertRaises(belay.MaxHistoryLengthError):
                device.reconnect()
            self.assertEqual(device("x"), device.MAX_CMD_HISTORY_LEN + 4)
            device.close()


if __name__ == "__main__":
    unittest.main()
