import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import belay
from board import Board
from interrupts import Begun, figures, interrupted


class Relay:
    """A TCP port in front of a board: the first connection is the board's, the others are silent or closed."""

    def __init__(self, board, close=False):
        self._server = socket.create_server(("127.0.0.1", 0))
        self._close = close
        self.device = f"tcp://127.0.0.1:{self._server.getsockname()[1]}"
        self.cut = threading.Event()
        #: An attempt has been made, and has heard nothing or has been refused.
        self.tried = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(board,), daemon=True)
        self._thread.start()

    def _serve(self, board):
        self._pass_on(self._server.accept()[0], os.open(board.port, os.O_RDWR | os.O_NOCTTY))
        kept = []
        while True:
            connection, _ = self._server.accept()
            if self._close:
                connection.close()
            else:
                kept.append(connection)
                connection.recv(1)
            self.tried.set()

    def _pass_on(self, connection, port):
        def from_board():
            try:
                while data := os.read(port, 1000):
                    connection.sendall(data)
            except OSError:
                pass

        threading.Thread(target=from_board, daemon=True).start()
        threading.Thread(target=lambda: (self.cut.wait(), connection.shutdown(socket.SHUT_RDWR)), daemon=True).start()
        while data := connection.recv(1000):
            os.write(port, data)
        connection.close()


class Signals(unittest.TestCase):
    """Ctrl-C ends every call soon, and the session is in step afterwards."""

    def setUp(self):
        self.board = Board()
        self.addCleanup(self.board.close)

    def test_a_program_that_runs(self):
        with belay.Device(self.board.port) as device:
            for name, program in {"a busy program": "while True: pass", "a program that sleeps": "time.sleep(60)"}.items():
                begun = Begun()
                code = f"print('begun')\n{program}"
                interrupted(name, lambda: device(code, stream_out=begun), begun)
                self.assertEqual(device("1 + 1"), 2)

    def test_a_task_and_a_generator(self):
        with belay.Device(self.board.port) as device:
            begun = threading.Event()

            @device.host
            def tell():
                begun.set()

            @device.task
            def endless():
                tell()
                while True:
                    pass

            @device.task
            def numbers():
                yield 1
                tell()
                while True:
                    pass

            interrupted("a task", endless, begun)
            self.assertEqual(device("1 + 1"), 2)
            begun.clear()
            interrupted("a generator", lambda: list(numbers()), begun)
            self.assertEqual(device("2 + 2"), 4)

    def test_a_program_that_does_not_let_itself_be_interrupted(self):
        with belay.Device(self.board.port) as device:
            stubborn = """
                print("begun")
                n = 0
                while n < 30:
                    try:
                        time.sleep(0.1)
                        n += 1
                    except KeyboardInterrupt:
                        pass
                """
            begun = Begun()
            interrupted("a program that catches it", lambda: device(stubborn, stream_out=begun), begun)

    def test_a_signal_while_output_is_written(self):
        class Pressed:
            def write(self, text):
                signal.raise_signal(signal.SIGINT)

        with belay.Device(self.board.port) as device:
            stubborn = "print('begun')\nfor _ in range(30):\n  try: time.sleep(0.1)\n  except KeyboardInterrupt: pass"
            begun = time.monotonic()
            with self.assertRaises(KeyboardInterrupt):
                device(stubborn, stream_out=Pressed())
            self.assertLess(time.monotonic() - begun, 2)
            self.assertEqual(device("1 + 1"), 2)

    def test_connecting_to_what_does_not_answer(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            begun = threading.Event()

            def accept():
                with server.accept()[0] as connection:
                    connection.recv(1)
                    begun.set()
                    ended.wait(60)

            ended = threading.Event()
            thread = threading.Thread(target=accept)
            thread.start()
            port = server.getsockname()[1]
            interrupted("connecting", lambda: belay.Device(f"tcp://127.0.0.1:{port}"), begun)
            ended.set()
            thread.join()

    @unittest.skipIf(os.getuid(), "telnet's port is for root alone")
    def test_logging_in_to_what_does_not_answer(self):
        # An address of this computer that is this process's own.
        address = f"127.{os.getpid() >> 16 & 255}.{os.getpid() >> 8 & 255}.{os.getpid() & 255 or 1}"
        with socket.create_server((address, 23)) as server:
            begun, ended = threading.Event(), threading.Event()
            thread = threading.Thread(target=lambda: (server.accept(), begun.set(), ended.wait(60)))
            thread.start()
            interrupted("logging in", lambda: belay.Device(address), begun)
            ended.set()
            thread.join()

    def reconnecting(self, name, close):
        relay = Relay(self.board, close)
        device = belay.Device(relay.device, attempts=-1)
        self.addCleanup(device.close)
        self.assertEqual(device("1 + 1"), 2)
        relay.cut.set()

        def call():
            # The first call may be the one that finds the link broken.
            while True:
                device("1")

        interrupted(name, call, relay.tried)

    def test_a_board_that_comes_back_and_does_not_answer(self):
        self.reconnecting("reconnecting", close=False)

    def test_a_pause_between_attempts(self):
        self.reconnecting("a pause between attempts", close=True)

    def test_the_board_can_be_used_after_an_interrupted_pause(self):
        device = belay.Device(self.board.port, attempts=-1)
        self.addCleanup(device.close)
        self.assertEqual(device("1 + 1"), 2)
        self.board.control("unplug")
        begun = threading.Event()
        begun.set()
        interrupted("an unplugged board", lambda: [device("1") for _ in range(9)], begun)
        self.board.control("plug_in")
        self.assertEqual(device("2 + 2"), 4)

    def test_a_transfer(self):
        with tempfile.TemporaryDirectory() as folder, Board("--baud", "115200") as board:
            (pathlib.Path(folder) / "large.bin").write_bytes(os.urandom(200_000))
            with belay.Device(board.port) as device:
                begun = threading.Event()
                update = lambda **facts: "description" in facts and begun.set()  # noqa: E731
                interrupted("a transfer", lambda: device.sync(folder, progress_update=update), begun)
                self.assertEqual(device("1 + 1"), 2)

    def test_waiting_for_another_thread(self):
        with belay.Device(self.board.port) as device:
            begun = Begun()

            def busy():
                with contextlib.suppress(belay.PyboardException):
                    device("print('begun')\nwhile True: pass", stream_out=begun)

            thread = threading.Thread(target=busy)
            thread.start()
            interrupted("waiting for another thread", lambda: device("1"), begun)
            device.interrupt()
            thread.join()
            self.assertEqual(device("1 + 1"), 2)

    def test_waiting_for_an_event(self):
        with belay.Device(self.board.port) as device:
            events = device.events
            begun = threading.Event()
            begun.set()
            interrupted("waiting for an event", events.get, begun)
            self.assertEqual(device("1 + 1"), 2)

    def test_a_function_of_the_host(self):
        with belay.Device(self.board.port) as device:
            begun = threading.Event()

            @device.host
            def wait():
                begun.set()
                time.sleep(60)

            @device.host
            def busy():
                device("while True: pass")

            interrupted("a function of the host", lambda: device("wait()"), begun)
            self.assertEqual(device("1 + 1"), 2)
            begun = Begun()
            busy_code = "print('begun')\nbusy()"
            interrupted("a call in a function of the host", lambda: device(busy_code, stream_out=begun), begun)
            self.assertEqual(device("2 + 2"), 4)

    def test_downloading(self):
        with socket.create_server(("127.0.0.1", 0)) as server, tempfile.TemporaryDirectory() as folder:
            begun, ended = threading.Event(), threading.Event()

            def accept():
                with server.accept()[0] as connection:
                    connection.recv(1)
                    begun.set()
                    ended.wait(60)

            thread = threading.Thread(target=accept)
            thread.start()
            index = f"http://127.0.0.1:{server.getsockname()[1]}"
            (pathlib.Path(folder) / "pyproject.toml").write_text(f'[tool.belay]\npackage_indices = ["{index}"]\n')
            belay_command = os.path.join(os.path.dirname(sys.executable), "belay")
            command = subprocess.Popen(
                [belay_command, "add", "package"],
                cwd=folder,
                env={**os.environ, "XDG_CACHE_HOME": folder},
                stderr=subprocess.PIPE,
                text=True,
            )
            interrupted("a download", command.wait, begun, command.pid)
            ended.set()
            thread.join()
            said = command.stderr.read()
            command.stderr.close()
            self.assertNotEqual(command.returncode, 0, said)


if __name__ == "__main__":
    if "--figures" in sys.argv:
        unittest.main(argv=sys.argv[:1], exit=False)
        print(json.dumps(figures))
    else:
        unittest.main()
