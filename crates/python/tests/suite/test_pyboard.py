import contextlib
import io
import os
import tempfile
import unittest
from pathlib import Path

import belay
from belay.pyboard import Pyboard, PyboardException
from board import Board


class Pyboards(unittest.TestCase):
    def setUp(self):
        self.board = Board()
        self.addCleanup(self.board.close)
        self.pyboard = Pyboard(self.board.port)
        self.addCleanup(self.pyboard.close)

    def test_statements_give_what_they_print(self):
        self.assertFalse(self.pyboard.in_raw_repl)
        self.pyboard.enter_raw_repl()
        self.assertTrue(self.pyboard.in_raw_repl)
        self.assertEqual(self.pyboard.exec("print(1)\nprint('two')"), b"1\r\ntwo\r\n")
        self.assertEqual(self.pyboard.exec(b"import sys\nsys.stdout.buffer.write(b'\\x00\\xff')"), b"\x00\xff")
        self.assertEqual(self.pyboard.eval("1 + 1"), b"2")
        pieces = []
        self.assertEqual(self.pyboard.exec("print('x')", data_consumer=pieces.append), b"x\r\n")
        self.assertEqual(b"".join(pieces), b"x\r\n")
        with self.assertRaisesRegex(PyboardException, "ZeroDivisionError"):
            self.pyboard.exec("1 / 0")
        output, error = self.pyboard.exec_raw("print(3)\nraise ValueError('four')")
        self.assertEqual(output, b"3\r\n")
        self.assertIn(b"ValueError: four", error)
        with self.assertRaises(belay.PyboardError):
            self.pyboard.exec_raw("while True: pass", timeout=0.2)
        self.assertEqual(self.pyboard.eval("2 + 2"), b"4")

    def test_a_soft_reset_is_as_wanted(self):
        self.pyboard.enter_raw_repl()
        self.pyboard.exec("kept = 1")
        self.pyboard.exit_raw_repl()
        self.pyboard.enter_raw_repl(soft_reset=False)
        self.assertEqual(self.pyboard.eval("kept"), b"1")
        self.pyboard.enter_raw_repl()
        self.assertEqual(self.pyboard.eval("'kept' in globals() or 'os' in globals()"), b"False")

    def test_files_go_both_ways(self):
        self.pyboard.enter_raw_repl()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        here = Path(folder.name)
        data = os.urandom(1000)
        (here / "data.bin").write_bytes(data)
        seen = []
        self.pyboard.fs_mkdir("/files")
        self.pyboard.fs_put(here / "data.bin", "/files/it's.bin", progress_callback=lambda *at: seen.append(at))
        self.assertEqual(seen, [(256, 1000), (512, 1000), (768, 1000), (1000, 1000)])
        self.pyboard.fs_get("/files/it's.bin", here / "back.bin", progress_callback=lambda *at: seen.append(at))
        self.assertEqual((here / "back.bin").read_bytes(), data)
        self.assertEqual(seen[4:], seen[:4])
        (here / "program.py").write_text("with open('/files/a.txt', 'w') as f: f.write('text')\nprint('ran')")
        self.assertEqual(self.pyboard.execfile(here / "program.py"), b"ran\r\n")
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            self.pyboard.fs_cat("/files/a.txt")
            print()
            self.pyboard.fs_ls("/files")
        self.assertEqual(printed.getvalue().split(), ["text", "4", "a.txt", "1000", "it's.bin"])
        self.pyboard.fs_rm("/files/a.txt")
        self.pyboard.fs_rm("/files/it's.bin")
        self.pyboard.fs_rmdir("/files")
        self.assertNotIn("files", self.pyboard.eval("__import__('os').listdir('/')").decode())

    def test_attempts_come_to_an_end(self):
        with self.assertRaises(ValueError):
            Pyboard(self.board.port, attempts=0)
        with self.assertRaises(belay.ConnectionFailedError):
            Pyboard("/dev/no-such-port")


class Projects(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        self.folder = Path(folder.name).resolve()
        os.chdir(self.folder)

    def test_a_project_is_found_from_inside(self):
        from belay import project

        with self.assertRaises(FileNotFoundError):
            project.find_pyproject()
        (self.folder / "pyproject.toml").write_text('[tool.belay]\ndependencies_path = "packages"\n')
        (self.folder / "inner").mkdir()
        os.chdir("inner")
        self.assertEqual(project.find_project_folder(), self.folder)
        self.assertEqual(project.find_belay_folder(), self.folder / ".belay")
        self.assertEqual(project.find_dependencies_folder(), self.folder / "packages")

    def test_the_command_runs_from_a_program(self):
        from belay.cli import app

        with self.assertRaises(SystemExit) as left:
            app(["eval", "sim:?fresh", "1 + 1"])
        self.assertEqual(left.exception.code, 0)
        with self.assertRaises(SystemExit) as left:
            app("eval sim:?fresh '1 / 0'")
        self.assertEqual(left.exception.code, 1)

    def test_the_package_manager_says_where_it_is(self):
        with self.assertRaisesRegex(ImportError, r"belay\.cli\.app"):
            from belay.packagemanager import Group  # noqa: F401
        with self.assertRaisesRegex(ImportError, r"belay\.cli\.app"):
            import belay.packagemanager.downloaders  # noqa: F401


if __name__ == "__main__":
    unittest.main()
