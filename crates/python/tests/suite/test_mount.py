import os
import tempfile
import unittest

import belay


class Mount(unittest.TestCase):
    def setUp(self):
        self.device = belay.Device("sim:?fresh")
        self.addCleanup(self.device.close)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w") as file:
            file.write(text)

    def test_a_board_works_with_a_folder_of_the_host(self):
        self.write("m.py", "def f():\n    return open('data.txt').read()\n")
        self.write("data.txt", "of the host")
        with self.device.mount(self.folder) as mounted:
            self.assertEqual(mounted.at, "/remote")
            self.device("import m")
            self.assertEqual(self.device("m.f()"), "of the host")
            self.device("with open('new.txt', 'w') as file: file.write('of the board')")
            with self.assertRaises(RuntimeError):
                self.device.mount(self.folder)
        with open(os.path.join(self.folder, "new.txt")) as file:
            self.assertEqual(file.read(), "of the board")
        self.device("import os, sys")
        self.assertEqual(self.device("os.listdir('/'), '/remote' in sys.path"), ([], False))
        mounted.unmount()

    def test_a_folder_beside_functions_of_the_host(self):
        self.write("m.py", "x = 42\n")

        @self.device.host
        def ask(number):
            return number + 1

        with self.device.mount(self.folder, at="/host"):
            self.device("import m")
            self.assertEqual(self.device("ask(m.x)"), 43)

    def test_a_folder_outlives_a_restart(self):
        self.write("m.py", "x = 'first'\n")
        with self.device.mount(self.folder, read_only=True):
            self.device("import m")
            self.assertEqual(self.device("m.x"), "first")
            self.write("m.py", "x = 'second'\n")
            self.device.soft_reset()
            self.device("import m")
            self.assertEqual(self.device("m.x"), "second")
            with self.assertRaises(belay.PyboardException):
                self.device("open('m.py', 'w')")

    def test_what_cannot_be_mounted(self):
        with self.assertRaises(OSError):
            self.device.mount(os.path.join(self.folder, "nowhere"))
        with self.assertRaises(ValueError):
            self.device.mount(self.folder, at="remote")
        self.assertEqual(self.device("6 * 7"), 42)


if __name__ == "__main__":
    unittest.main()
