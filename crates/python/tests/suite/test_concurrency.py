import gc
import os
import threading
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
            begun, done = threading.Event(), threading.Event()

            @device.host
            def tell():
                begun.set()

            @device.host
            def is_done():
                return done.is_set()

            # The board waits for what only this thread does.
            thread = threading.Thread(target=lambda: device("tell()\nwhile not is_done(): pass"))
            thread.start()
            self.assertTrue(begun.wait(20))
            done.set()
            thread.join(20)
            self.assertFalse(thread.is_alive())


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
