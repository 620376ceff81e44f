"""All that a session can do, on each kind of CircuitPython board."""

import os
import tempfile
import unittest

import belay

FULL = "sim:?personality=circuitpython&fresh"
SMALL = FULL + "&build=small"
UART = "&line_end=crcrlf"
BOARDS = (
    FULL,
    FULL + UART + "&drive=hidden",
    SMALL + UART + "&storage=old&drive=ejected",
)


class CircuitPython(unittest.TestCase):
    def each(self):
        for name in BOARDS:
            with self.subTest(name), belay.Device(name) as device:
                yield device, name

    def test_calls_values_and_exceptions(self):
        for device, _ in self.each():
            self.assertEqual(device.implementation.name, "circuitpython")
            self.assertEqual(device.implementation.version, (10, 3, 0))
            self.assertIsNone(device("x = [1, 2.5, b'v', {'k': (None, True)}]"))
            self.assertEqual(device("x"), [1, 2.5, b"v", {"k": (None, True)}])
            with self.assertRaisesRegex(belay.PyboardException, "ZeroDivisionError"):
                device("1 / 0")
            self.assertEqual(device("'h\u00e9'"), "h\u00e9")

    def test_tasks_and_generators(self):
        for device, _ in self.each():

            @device.task
            def add(a, b=1):
                return a + b

            @device.task
            def count(n):
                for i in range(n):
                    yield i

            self.assertEqual((add(2), add(2, b=5)), (3, 7))
            self.assertEqual(list(count(4)), [0, 1, 2, 3])

    def test_what_is_set_up_and_taken_down(self):
        for device, _ in self.each():

            @device.setup
            def begin(base):
                total = base

            @device.task
            def more(n):
                global total
                total += n
                return total

            @device.teardown
            def end():
                global total
                total = 0

            begin(10)
            self.assertEqual((more(1), more(2)), (11, 13))

    def test_threads_are_refused_in_a_line(self):
        for device, _ in self.each():
            with self.assertRaisesRegex(belay.FeatureUnavailableError, "CircuitPython has no threads"):

                @device.thread
                def loop():
                    pass

    def test_objects_on_the_board(self):
        for device, _ in self.each():
            device("import board, digitalio\nclass Led:\n    level = 1\n    def double(self, n): return 2 * n\nled = Led()")
            led = device.proxy("led")
            led.level = 5
            self.assertEqual((led.level, led.double(4)), (5, 8))
            pin = device.proxy("digitalio.DigitalInOut(board.GP25)")
            self.assertIs(pin.value, False)

    def test_events_and_batches(self):
        for device, _ in self.each():
            device.events
            device("belay_emit('ready', 1)")
            self.assertEqual(device.events.get(timeout=30), ("ready", 1))
            with device.batch() as batch:
                batch("y = 4")
                value = batch("y * 2")
            self.assertEqual(value.result(), 8)

    def test_functions_of_the_host(self):
        for device, _ in self.each():

            @device.host
            def ask(n):
                return n + 1

            self.assertEqual(device("ask(41)"), 42)

    def test_time(self):
        for device, _ in self.each():
            device.sync_time()

            @device.task(return_time=True)
            def now():
                return 5

            value, moment = now()
            self.assertEqual(value, 5)
            self.assertIsNotNone(moment)

    def test_folders_go_there_and_the_drive_comes_back(self):
        state = "__import__('storage').getmount('/').readonly"
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "util.py"), "w") as file:
                file.write("value = 6\n")
            for device, name in self.each():
                before = device(state)
                self.assertIs(before, "hidden" not in name)
                device.sync(folder)
                device.sync(folder)
                self.assertEqual(device("__import__('util').value"), 6)
                self.assertIs(device(state), before)

    def test_a_drive_that_the_computer_keeps_is_told(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "util.py"), "w") as file:
                file.write("value = 6\n")
            with belay.Device(FULL + "&storage=old") as device:
                with self.assertRaisesRegex(belay.BelayException, "a computer has the board's drive"):
                    device.sync(folder)

    def test_soft_reset(self):
        for device, _ in self.each():
            device("kept = 1")
            device.soft_reset()
            self.assertIs(device("'kept' in globals()"), False)


if __name__ == "__main__":
    unittest.main()
