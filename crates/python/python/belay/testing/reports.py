"""What rewritten code on a board reports: the parts of assertions, and lines that ran."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .._native import REPORT, RUNNER, host_modules, instrument, minify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._native import Assertion
    from ..pyboard import PyboardException


class _Placed(NamedTuple):
    """An assertion, and where its text begins in a file."""

    assertion: Assertion
    file: str
    first: int


class Reports:
    """What the code that is sent to a board in a run reports."""

    def __init__(self, session: Any, lines: bool) -> None:
        self._session = session
        self._lines = lines
        self._is_loaded = False
        self._assertions: list[_Placed] = []
        #: For each mark the file, and its lines that have run when it was reached.
        self._marks: list[tuple[str, list[int]]] = []
        #: Where the files of the host are that the board has in its memory.
        self._mounted: dict[str, str] = {}
        #: The lines of each file that can run, and those that did.
        self.executable: dict[str, set[int]] = {}
        self.hit: dict[str, set[int]] = {}

    @property
    def has_mounted(self) -> bool:
        """Whether the board has files of the host, which it cannot get twice."""
        return bool(self._mounted)

    def forget(self) -> None:
        """The board has begun anew, and knows nothing."""
        self._is_loaded = False
        self._assertions.clear()
        self._marks.clear()
        self._mounted.clear()

    def rewrite(self, file: str, first: int, text: str) -> str:
        """The text of a file from a line on, rewritten for the board."""
        rewritten, marks = self._rewrite(file, first, text)
        if rewritten is not text and not self._is_loaded:
            self._session.exec(minify(REPORT), None, False)
            self._is_loaded = True
        self._make_room(marks)
        return rewritten

    def _rewrite(self, file: str, first: int, text: str) -> tuple[str, int]:
        try:
            found = instrument(
                text,
                lines=self._lines,
                first_assertion=len(self._assertions),
                first_mark=len(self._marks),
            )
        except SyntaxError:
            # The board says what is wrong with it.
            return text, 0
        if not found.assertions and not found.marks:
            return text, 0
        self._assertions += [_Placed(assertion, file, first) for assertion in found.assertions]
        self._marks += [(file, [first + line - 1 for line in lines]) for lines in found.marks]
        if self._lines:
            self.executable.setdefault(file, set()).update(first + line - 1 for line in found.lines)
        return found.text, len(found.marks)

    def _make_room(self, marks: int) -> None:
        if marks:
            self._session.exec(f"_belay_h.extend(bytes({marks}))", None, False)

    def mount(self, imports: str, folders: list[str]) -> None:
        """Gives the board modules of the host that code imports: in its memory, until it restarts."""
        files: dict[str, bytes | None] = {}
        marks = 0
        paths = {}
        for name, (path, content) in host_modules(imports, folders).items():
            if name.endswith(".py"):
                text, count = self._rewrite(path, 1, content.decode("utf-8", "replace"))
                marks += count
                content = minified(text).encode()
            files[name] = content
            paths[name] = path
            folder = name.rpartition("/")[0]
            while folder:
                files[folder] = None
                folder = folder.rpartition("/")[0]
        if not files:
            return
        self._session.exec(RUNNER, None, False)
        self._is_loaded = True
        self._make_room(len(self._marks))
        place = self._session.eval(f"_belay_put({files!r})")
        self._mounted.update({place + name: path for name, path in paths.items()})

    def here(self, frames: Sequence[tuple[str, int, str | None]]) -> list[tuple[str, int, str | None]]:
        """The calls of a traceback, with files of the host by their paths here."""
        return [(self._mounted.get(file, file), line, name) for file, line, name in frames]

    def explain(self, error: PyboardException) -> str | None:
        """What an assertion said that has failed on the board."""
        if error.kind != "AssertionError" or not error.frames or not self._is_loaded:
            return None
        number, *values = self._session.eval("_belay_r or [-1]")
        if not 0 <= number < len(self._assertions):
            return None
        found = self._assertions[number]
        # An earlier one may have been caught by the program.
        file, line, _ = self.here(error.frames)[-1]
        if (file, line) != (found.file, found.first + found.assertion.line - 1):
            return None
        text = found.assertion.explain(values)
        return f"{error.message}\n{text}" if error.message else text

    def collect(self) -> None:
        """Takes what lines have run since the last time."""
        if not self._marks or not self._is_loaded:
            return
        reached = self._session.eval("bytes(_belay_h)")
        for (file, lines), was_reached in zip(self._marks, reached):
            if was_reached:
                self.hit.setdefault(file, set()).update(lines)


def minified(text: str) -> str:
    """A text without comments, where it is one that this computer understands."""
    try:
        return minify(text)
    except SyntaxError:
        return text
