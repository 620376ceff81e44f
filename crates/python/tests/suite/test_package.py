import ast
import os
import pathlib
import sys
import tempfile
import unittest
import warnings

import belay
from board import Board

FOLDER = pathlib.Path(belay.__file__).parent


def imports(file):
    """The modules of the package that a file imports, those that only checkers of types see among them."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            names = [node.module] if node.module else [alias.name for alias in node.names]
            yield from (name for name in names if (FOLDER / f"{name}.py").exists())


def circles(graph):
    """The sets of modules each of which can be reached from each other."""

    def reached(start):
        found, todo = set(), [start]
        while todo:
            for name in graph[todo.pop()] - found:
                found.add(name)
                todo.append(name)
        return found

    reach = {name: reached(name) for name in graph}
    return {frozenset({name, *(other for other in reach[name] if name in reach[other])}) for name in graph}


class Package(unittest.TestCase):
    def test_no_circle_of_more_than_three_files(self):
        graph = {file.stem: set(imports(file)) for file in FOLDER.glob("*.py") if file.stem != "__init__"}
        self.assertIn("executers", graph["device"])
        large = [sorted(circle) for circle in circles(graph) if len(circle) > 3]
        self.assertEqual(large, [])

    def test_a_device_has_the_name_that_its_project_gives_it(self):
        before = os.getcwd()
        self.addCleanup(os.chdir, before)
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            flash = os.path.join(folder, "board.img")
            text = f'[tool.belay.devices]\nlamp = "sim:?fresh&flash={flash}"\n'
            (pathlib.Path(folder) / "pyproject.toml").write_text(text)
            with belay.Device("lamp") as device:
                self.assertEqual(device("6 * 7"), 42)
            with self.assertRaisesRegex(belay.ConnectionFailedError, "no device called lump.*lamp"):
                belay.Device("lump")
            os.chdir(before)

    def test_what_cannot_be_sent_as_it_should_be_is_a_warning(self):
        with Board() as board, belay.Device(board.port) as device, tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "broken.py").write_text("def f(:\n")
            (pathlib.Path(folder) / "good.py").write_text("GOOD = 1\n")
            with self.assertWarnsRegex(belay.BelayWarning, "broken.py") as caught:
                device.sync(folder)
            # It is this program that is told, and not a file of the package.
            self.assertEqual(caught.filename, __file__)
            self.assertEqual(device("__import__('good').GOOD"), 1)
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                (pathlib.Path(folder) / "broken.py").unlink()
                device.sync(folder)

    @unittest.skipIf(sys.version_info < (3, 13), "there are such interpreters since 3.13")
    def test_an_interpreter_without_a_lock_stays_one(self):
        if "free-threading" in sys.version:
            self.assertFalse(sys._is_gil_enabled())


if __name__ == "__main__":
    unittest.main()
