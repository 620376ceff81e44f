import io
import queue
import sys
import threading
import time
import unittest

import belay


class Events(unittest.TestCase):
    def setUp(self):
        self.device = belay.Device("sim:?fresh")
        self.addCleanup(self.device.close)

    def test_events_wait_in_order(self):
        events = self.device.events
        self.device("for i in range(5): belay_emit('count', [i])")
        self.assertEqual([events.get(1) for _ in range(5)], [("count", [i]) for i in range(5)])
        with self.assertRaises(queue.Empty):
            events.get(0.05)

    def test_a_thread_of_the_board_tells_while_nothing_is_called(self):
        events = self.device.events

        @self.device.thread
        def later():
            sleep(0.2)
            belay_emit("later", {"a": b"x"})

        later()
        self.assertEqual(events.get(5), ("later", {"a": b"x"}))

    def test_a_handler_may_call_the_device(self):
        done = threading.Event()
        seen = []

        @self.device.on("sum")
        def add(value):
            seen.append(self.device(f"sum({value})"))
            done.set()

        @self.device.task
        def tell(numbers):
            belay_emit("sum", numbers)
            return "told"

        self.assertEqual(tell([1, 2, 3]), "told")
        self.assertTrue(done.wait(5))
        self.assertEqual(seen, [6])

    def test_a_handler_that_raises_is_shown_and_the_next_event_is_taken(self):
        shown, done = [], threading.Event()
        self.addCleanup(setattr, sys, "excepthook", sys.excepthook)
        sys.excepthook = lambda kind, error, traceback: shown.append(error)

        @self.device.on("odd")
        def fail(value):
            if value == 2:
                done.set()
            raise ValueError(value)

        self.device("belay_emit('odd', 1)\nbelay_emit('odd', 2)")
        self.assertTrue(done.wait(20))
        self.assertEqual(str(shown[0]), "1")
        self.assertEqual(self.device("6 * 7"), 42)

    def test_events_in_a_function_of_the_host(self):
        events = self.device.events
        printed = io.StringIO()

        @self.device.host
        def work():
            self.device("print('a')\nbelay_emit('inner', [1])\nprint('b')", stream_out=printed)
            self.device("belay_emit('inner', 2)\nprint('~', end='')", stream_out=printed)

        self.device("work()\nbelay_emit('outer')")
        self.assertEqual(printed.getvalue(), "a\nb\n~")
        expected = [("inner", [1]), ("inner", 2), ("outer", None)]
        self.assertEqual([events.get(1) for _ in expected], expected)

    def test_an_event_of_a_call_comes_before_that_call_has_ended(self):
        events, ended = self.device.events, threading.Event()

        @self.device.host
        def wait():
            ended.wait(60)

        call = threading.Thread(target=self.device, args=("belay_emit('begun', 1)\nwait()",))
        call.start()
        try:
            self.assertEqual(events.get(30), ("begun", 1))
            with self.assertRaises(queue.Empty):
                events.get(0.01)
        finally:
            ended.set()
            call.join()
        self.assertEqual(self.device("6 * 7"), 42)

    def test_calls_go_on_while_events_are_awaited(self):
        @self.device.on("nothing")
        def never(value):
            pass

        begun = time.monotonic()
        for i in range(20):
            self.assertEqual(self.device(f"{i} + 1"), i + 1)
        self.assertLess(time.monotonic() - begun, 5)


if __name__ == "__main__":
    unittest.main()
