"""The pytest plugin: tests of what boards do."""

from __future__ import annotations

import inspect
import os
import signal
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ..pyboard import PyboardException
from . import targets
from .boards import Board
from .failures import BoardTimeout, advice
from .workers import Worker

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from ..device import Device
    from .sim import Sim
    from .targets import Target

_MARKERS = (
    "board(name): the test is for the board of that name, one of --belay-device or of [tool.belay.devices]",
    "on_board: the test function runs on the board, with what it uses of its module",
    "requires(feature, ...): the test is skipped on a board without one of these: micropython, circuitpython, "
    "threads, wifi, ethernet, bluetooth, float, complex, files, sim, or a module by its name",
)
# The longest output of a board that a report shows, in characters.
_LONGEST = 1 << 20


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("belay", "boards with MicroPython and CircuitPython")
    group.addoption(
        "--belay-device",
        action="append",
        default=[],
        metavar="SPEC",
        help="a board to run tests on: a port, ws://…, a name of [tool.belay.devices], NAME=SPEC, or sim: for a "
        "simulated one, as where there is none; each test runs on each board that is given",
    )
    group.addoption(
        "--belay-timeout",
        type=float,
        default=None,
        metavar="SECONDS",
        help="how long a test may take that uses a board (default: 60; 0 is for ever)",
    )
    group.addoption(
        "--belay-cov",
        action="store_true",
        help="count which lines run on boards, and merge that into the data of coverage.py",
    )
    parser.addini("belay_devices", "boards to run tests on, as --belay-device has them", type="linelist", default=[])
    parser.addini("belay_timeout", "how long a test may take that uses a board, in seconds", default="60")


class Boards:
    """The boards of a run."""

    def __init__(self, config: pytest.Config) -> None:
        specs = config.getoption("belay_device") or config.getini("belay_devices")
        self.names = targets.named(Path(config.rootpath))
        self.targets = targets.resolve(list(specs), self.names)
        self.are_given = bool(specs)
        limit = config.getoption("belay_timeout")
        self.timeout = float(config.getini("belay_timeout") if limit is None else limit)
        self.counts_lines = bool(config.getoption("belay_cov"))
        self._boards: dict[Target, Board] = {}
        #: What this process is, if it runs the tests of one board for another process.
        self.worker = Worker.of(config)
        #: All connections of the run.
        self.all: list[Board] = []

    def for_test(self, definition: Any) -> list[Target]:
        """The boards that a test is for; none where its board is not among those of this run."""
        marker = definition.get_closest_marker("board")
        if marker is None:
            return self.targets
        if len(marker.args) != 1 or not isinstance(marker.args[0], str) or marker.kwargs:
            raise pytest.UsageError("pytest.mark.board has one argument, the name of a board")
        name = marker.args[0]
        known = [target for target in self.targets if target.label == name]
        if known or self.are_given:
            return known
        if name not in self.names:
            raise pytest.UsageError(f"no board is called {name!r}; [tool.belay.devices] of pyproject.toml gives names")
        return [targets.Target(name, self.names[name])]

    def board(self, target: Target, kind: type[Device]) -> Board:
        """The connection to a board, which may still be to be made, and which no other process has."""
        found = self._boards.get(target)
        if found is not None and found.kind is not kind:
            # A board has one connection at a time.
            found.close()
            found = None
        if found is None:
            found = self._boards[target] = Board(target, kind, self.counts_lines)
            self.all.append(found)

        def give_others_up() -> None:
            for board in self._boards.values():
                if board is not found:
                    board.close()

        found.acquire(give_others_up)
        return found

    def share(self) -> None:
        """Gives boards up that another process waits for."""
        for board in self._boards.values():
            board.share()

    def close(self) -> None:
        for board in self._boards.values():
            board.close()


_BOARDS = pytest.StashKey[Boards]()
_USED = pytest.StashKey[Board]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)
    boards = config.stash[_BOARDS] = Boards(config)
    if boards.worker is not None:
        config.pluginmanager.register(boards.worker, "belay-worker")
    config.pluginmanager.register(_Sharing(boards), "belay-sharing")


def pytest_unconfigure(config: pytest.Config) -> None:
    boards = config.stash.get(_BOARDS, None)
    if boards is not None:
        boards.close()


class _Sharing:
    """Gives up boards between tests."""

    def __init__(self, boards: Boards) -> None:
        self._boards = boards

    def pytest_runtest_logfinish(self) -> None:
        self._boards.share()


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: pytest.Collector, name: str, obj: object) -> None:
    # Tests with these markers use the board without naming it.
    if not inspect.isfunction(obj):
        return
    own = getattr(obj, "pytestmark", [])
    marks = [mark.name for mark in own] + [mark.name for mark in collector.iter_markers()]
    if not {"board", "on_board", "requires"}.isdisjoint(marks):
        obj.pytestmark = [*own, pytest.mark.usefixtures("board").mark]  # type: ignore[attr-defined]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "board" not in metafunc.fixturenames:
        return
    # As long as there is one board, a test is called the same whichever it is.
    boards = metafunc.config.stash[_BOARDS]
    found = boards.for_test(metafunc.definition)
    if len(boards.targets) > 1 and found:
        ids = [target.label for target in found]
        metafunc.parametrize("belay_target", found, ids=ids, indirect=True, scope="session")


@pytest.fixture
def belay_target(request: pytest.FixtureRequest) -> Target:
    """The board that a test is for."""
    target: Target | None = getattr(request, "param", None) or _target(request.node)
    if target is None:
        pytest.skip(f"the board {request.node.get_closest_marker('board').args[0]!r} is none of --belay-device")
    return target


def _target(item: pytest.Item) -> Target | None:
    """The board that a test is for, if that is one of this run."""
    callspec = getattr(item, "callspec", None)
    if callspec is not None and "belay_target" in callspec.params:
        target: Target = callspec.params["belay_target"]
        return target
    found = item.config.stash[_BOARDS].for_test(item)
    return found[0] if found else None


@pytest.fixture(scope="session")
def belay_device_class() -> type[Device]:
    """The class of ``board``; a project that has one of its own gives it here."""
    from ..device import Device

    return Device


@pytest.fixture
def board(
    request: pytest.FixtureRequest, belay_target: Target, belay_device_class: type[Device]
) -> Iterator[Device]:
    """The board: a :class:`belay.Device`, with the names it has after a start and nothing else."""
    used = request.config.stash[_BOARDS].board(belay_target, belay_device_class)
    request.node.stash[_USED] = used
    device = used.begin()
    try:
        for marker in request.node.iter_markers("requires"):
            for feature in marker.args:
                if used.lacks(feature):
                    pytest.skip(f"{used.description} has no {feature}")
        yield device
    finally:
        used.end()


@pytest.fixture
def sim(request: pytest.FixtureRequest, board: Device) -> Iterator[Sim]:
    """The world around a simulated board: its pins, buses and faults. On other boards the test is skipped."""
    used = request.node.stash[_USED]
    found = used.sim()
    if found is None:
        pytest.skip(f"{used.description} is no simulated board")
    found.begin()
    yield found
    found.end()


@contextmanager
def _limited(seconds: float, board: Board) -> Iterator[None]:
    """Ends what uses a board when it takes too long."""
    text = f"the test has used {board.target.label} for longer than {seconds:g} s"
    alarm = getattr(signal, "SIGALRM", None)
    if seconds <= 0:
        yield
    elif (
        alarm is not None
        and threading.current_thread() is threading.main_thread()
        and signal.getsignal(alarm) is signal.SIG_DFL
    ):

        def raise_it(*_: object) -> None:
            raise BoardTimeout(text)

        signal.signal(alarm, raise_it)
        # Again, where somebody has taken it for an exception like any other.
        signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(alarm, signal.SIG_DFL)
    else:
        timer = threading.Timer(seconds, board.interrupt)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    used = item.stash.get(_USED, None)
    if used is None:
        return (yield)
    with _limited(item.config.stash[_BOARDS].timeout, used):
        return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    __tracebackhide__ = True
    if pyfuncitem.get_closest_marker("on_board") is None:
        return None
    from .on_board import run

    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    if pyfuncitem.cls is not None:
        arguments = {"self": None, **arguments}
    function = getattr(pyfuncitem.obj, "__func__", pyfuncitem.obj)
    root = str(pyfuncitem.config.rootpath)
    folders = [folder for folder in sys.path if folder == root or folder.startswith(root + os.sep)]
    folders = [folder for folder in folders if "site-packages" not in folder]
    run(pyfuncitem.stash[_USED], function, arguments, folders)
    return True


def _own_name(item: pytest.Item, label: str) -> str:
    """What a test is called on all boards."""
    callspec = getattr(item, "callspec", None)
    if callspec is None or not item.nodeid.endswith("]"):
        return item.nodeid
    start = item.nodeid.rindex("[" + callspec.id)
    rest = [part for part in callspec._idlist if part != label]
    return item.nodeid[:start] + (f"[{'-'.join(rest)}]" if rest else "")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    label = _label(item)
    if label is None:
        return report
    # These travel with the report.
    report.belay_device = label  # type: ignore[attr-defined]
    report.belay_name = _own_name(item, label)  # type: ignore[attr-defined]
    if call.when == "setup":
        item.user_properties.append(("belay_device", label))
    report.sections = [(title, _shortened(text)) for title, text in report.sections]
    if call.excinfo is None or report.outcome != "failed":
        return report
    used = item.stash.get(_USED, None)
    lines = [f"board: {(used and used.description) or label}"]
    found = advice(call.excinfo.value)
    error = call.excinfo.value
    if isinstance(error, PyboardException) and used is not None:
        said = used.explain(error)
        lines += [] if said is None else said.splitlines()
    if found is not None:
        retry = "may help" if found.retry else "does not help"
        lines += [f"failure: {found.kind}", f"advice: {found.text}", f"trying again {retry}"]
        item.user_properties.append(("belay_failure", found.kind))
        item.user_properties.append(("belay_retry", "yes" if found.retry else "no"))
    report.user_properties = list(item.user_properties)
    report.sections.append((f"Board during {call.when}", "\n".join(lines)))
    return report


def _shortened(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    half = _LONGEST // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} characters are left out …\n{text[-half:]}"


class _Verdicts:
    """What became of each test on each board."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        device = getattr(report, "belay_device", None)
        if device is None:
            return
        verdicts = self.found.setdefault(report.belay_name, {})
        if report.when == "call" or report.outcome != "passed":
            verdict = report.outcome if report.when == "call" or report.outcome == "skipped" else "error"
            verdicts[device] = verdict if verdicts.get(device) in (None, "passed") else verdicts[device]

    def differing(self) -> list[tuple[str, dict[str, str]]]:
        return [(name, verdicts) for name, verdicts in self.found.items() if len(set(verdicts.values())) > 1]


def pytest_sessionstart(session: pytest.Session) -> None:
    boards = session.config.stash[_BOARDS]
    if len(boards.targets) > 1:
        session.config.pluginmanager.register(_Verdicts(), "belay-verdicts")
        session.config.pluginmanager.register(_Loop(), "belay-loop")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    worker = config.stash[_BOARDS].worker
    if worker is not None:
        items[:] = [item for item in items if _label(item) == worker.label]


def _label(item: pytest.Item) -> str | None:
    """What the board of a test is called, if it has one."""
    target = _target(item) if "board" in getattr(item, "fixturenames", ()) else None
    return None if target is None else target.label


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    # In front of what pytest-cov does when all tests have run.
    result = yield
    boards = session.config.stash[_BOARDS]
    if boards.counts_lines:
        from .coverage import merge

        merge([board.lines() for board in boards.all], session.config, _has_processes(session))
    return result


class _Loop:
    """Runs tests on several boards at a time."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        if not _has_processes(session):
            return None
        if session.testsfailed and not session.config.option.continue_on_collection_errors:
            # As without boards: what could not be collected is said.
            return None
        from .workers import run

        run(session, lambda item: None if (label := _label(item)) is None else (label, _own_name(item, label)))
        return True


def _has_processes(session: pytest.Session) -> bool:
    """Whether each board gets a process of its own."""
    option, boards = session.config.option, session.config.stash[_BOARDS]
    if boards.worker is not None or os.name == "nt" or option.collectonly:
        return False
    if getattr(option, "dist", "no") != "no" or hasattr(session.config, "workerinput"):
        return False
    # Who wants to see or to type something wants it in order.
    if option.usepdb or option.capture == "no":
        return False
    return len({label for label in map(_label, session.items) if label is not None}) > 1


def pytest_report_header(config: pytest.Config) -> str | None:
    boards = config.stash[_BOARDS]
    if not boards.are_given:
        return None
    return "boards: " + ", ".join(target.label for target in boards.targets)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    verdicts = config.pluginmanager.get_plugin("belay-verdicts")
    differing = verdicts.differing() if verdicts is not None else []
    if not differing:
        return
    labels = [target.label for target in config.stash[_BOARDS].targets]
    terminalreporter.section("verdicts that differ between boards")
    width = max(len(name) for name, _ in differing)
    columns = [max(len(label), len("skipped")) for label in labels]
    line = "  ".join(label.ljust(column) for label, column in zip(labels, columns))
    terminalreporter.write_line(f"{'':{width}}  {line}".rstrip())
    for name, found in differing:
        line = "  ".join(found.get(label, "-").ljust(column) for label, column in zip(labels, columns))
        terminalreporter.write_line(f"{name:{width}}  {line}".rstrip())
