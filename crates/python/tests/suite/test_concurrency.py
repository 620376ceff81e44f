import gc
import os
import signal
import threading
import time
import unittest

import belay
from board import Board


class Threads(unittest.TestCase):
    def test_several_devices_at_once(self):
        with belay.Device("sim:one?fresh") as one, belay.Device("sim:two?fresh") as two:
            one("name = 'one'")
            two("name = 'two'")
            self.assertEqual((one("name"), two("name")), ("one", "two"))

    def test_another_thread_interrupts(self):
        with belay.Device("sim:?fresh") as device:

            class Begun:
                def write(self, text):
                    threading.Thread(target=device.interrupt).start()

            with self.assertRaisesRegex(belay.PyboardException, "KeyboardInterrupt"):
                device("print('begun')\nwhile True: pass", stream_out=Begun())
            self.assertEqual(device("1 + 1"), 2)

    def test_other_threads_run_while_a_call_waits(self):
        with belay.Device("sim:?fresh") as device:
            done = threading.Event()
            thread = threading.Thread(target=lambda: (device("time.sleep(0.5)"), done.set()))
            thread.start()
            count = 0
            while not done.is_set():
                count += 1
                time.sleep(0.001)
            thread.join()
            self.assertGreater(count, 100)


class Forks(unittest.TestCase):
    def test_the_child_is_told_and_the_parent_goes_on(self):
        with belay.Device("sim:?fresh") as device:
            device("x = 5")
            read, write = os.pipe()
            child = os.fork()
            if child == 0:
                try:
                    device("x")
                    told = "answered"
                except RuntimeError as error:
                    told = str(error)
                device.close()
                os.write(write, told.encode())
                os._exit(0)
            os.waitpid(child, 0)
            self.assertIn("fork", os.read(read, 1000).decode())
            self.assertEqual(device("x"), 5)


class Signals(unittest.TestCase):
    """Ctrl-C ends every call soon, and the session is in step afterwards."""

    def interrupted(self, work, after=0.3, within=0.1):
        threading.Timer(after, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        begun = time.monotonic()
        with self.assertRaises(KeyboardInterrupt):
            work()
            self.fail("the call ended by itself")
        late = time.monotonic() - begun - after
        # A machine at its limit wakes up late.
        self.assertLess(late, within + 0.4)
        return late

    def test_a_program_that_runs(self):
        with belay.Device("sim:?fresh") as device:
            self.interrupted(lambda: device("while True: pass"))
            self.assertEqual(device("1 + 1"), 2)
            self.interrupted(lambda: device("time.sleep(10)"))
            self.assertEqual(device("1 + 1"), 2)

    def test_a_program_that_does_not_let_itself_be_interrupted(self):
        with belay.Device("sim:?fresh") as device:
            stubborn = """
                import time
                n = 0
                while n < 30:
                    try:
                        time.sleep(0.1)
                        n += 1
                    except KeyboardInterrupt:
                        pass
                """
            self.interrupted(lambda: device(stubborn))

    def test_connecting_to_what_does_not_answer(self):
        import socket

        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            self.interrupted(lambda: belay.Device(f"tcp://127.0.0.1:{port}"))

    def test_a_pause_between_attempts(self):
        with Board() as board:
            device = belay.Device(board.port, attempts=-1)
            self.assertEqual(device("1 + 1"), 2)
            board.control("unplug")
            self.interrupted(lambda: [device("1") for _ in range(9)], after=1.4)
            board.control("plug_in")
            self.assertEqual(device("2 + 2"), 4)
            device.close()

    def test_a_transfer(self):
        import pathlib
        import tempfile

        folder = pathlib.Path(tempfile.mkdtemp())
        (folder / "large.bin").write_bytes(os.urandom(200_000))
        with Board("--baud", "115200") as board, belay.Device(board.port) as device:
            self.interrupted(lambda: device.sync(folder), after=1.0)
            self.assertEqual(device("1 + 1"), 2)

    def test_waiting_for_another_thread(self):
        with belay.Device("sim:?fresh") as device:
            thread = threading.Thread(target=lambda: device("time.sleep(1)"))
            thread.start()
            while device._belay_session is None:
                pass
            time.sleep(0.1)
            self.interrupted(lambda: device("1"))
            thread.join()
            self.assertEqual(device("1 + 1"), 2)


class Endings(unittest.TestCase):
    def test_a_device_that_is_dropped_leaves_the_board_at_its_prompt(self):
        import subprocess
        import sys

        with Board() as board:
            device = belay.Device(board.port)
            device("dropped = 1")
            del device
            gc.collect()
            # A program that ends without closing.
            code = "import belay, sys; d = belay.Device(sys.argv[1]); d('x = 1')"
            subprocess.run([sys.executable, "-c", code, board.port], check=True)
            with open(board.port, "rb+", buffering=0) as port:
                import tty

                tty.setraw(port)
                port.write(b"\r\n")
                said = b""
                while not said.endswith(b">>> "):
                    said += port.read(100)
            with belay.Device(board.port) as device:
                self.assertEqual(device("1 + 1"), 2)


if __name__ == "__main__":
    unittest.main()
