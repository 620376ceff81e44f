import os
import pty
import subprocess
import sys
import termios
import unittest

import belay
from board import Board

PROGRAM = """
import belay, sys
device = belay.Device(sys.argv[1])
device("kept = 20")
print("begins", flush=True)
device.terminal(exit_char=eval(sys.argv[2]))
print("left", device("kept + typed"), flush=True)
device.close()
"""


class Terminal:
    """A program on a terminal, whose keys are pressed here."""

    def __init__(self, *arguments):
        self._keys, self._terminal = pty.openpty()
        self._before = termios.tcgetattr(self._terminal)
        self._program = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *arguments],
            stdin=self._terminal,
            stdout=self._terminal,
            stderr=self._terminal,
        )
        self._seen = b""

    def wait_for_keys(self):
        """Waits until keys are read one by one."""
        while termios.tcgetattr(self._terminal) == self._before and self._program.poll() is None:
            os.sched_yield()

    def press(self, keys):
        os.write(self._keys, keys.encode())

    def wait_for(self, text):
        while text.encode() not in self._seen:
            self._seen += os.read(self._keys, 1000)
        self._seen = self._seen.partition(text.encode())[2]

    def end(self):
        status = self._program.wait(60)
        os.close(self._keys)
        os.close(self._terminal)
        return status


class Terminals(unittest.TestCase):
    def test_a_key_leaves_and_the_session_goes_on(self):
        with Board() as board:
            for key in ("\x1d", "~", "\x01"):
                with self.subTest(key=key):
                    terminal = Terminal(board.port, repr(key))
                    terminal.wait_for("begins")
                    terminal.wait_for_keys()
                    terminal.press("\r")
                    terminal.wait_for(">>> ")
                    terminal.press("typed = 22\r")
                    terminal.wait_for(">>> ")
                    terminal.press(key)
                    terminal.wait_for("left 42")
                    self.assertEqual(terminal.end(), 0)

    def test_a_key_that_no_terminal_has(self):
        with belay.Device("sim:?fresh") as device:
            for key in ("", "ab", "\u00e9"):
                with self.subTest(key), self.assertRaisesRegex(ValueError, "one character"):
                    device.terminal(exit_char=key)
            self.assertEqual(device("1 + 1"), 2)


if __name__ == "__main__":
    unittest.main()
