"""Tests on several boards at a time: a process of pytest for each board."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from typing import IO, TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

# What a process is told that runs the tests of one board: the board's label and the pipe for what becomes of them.
_VARIABLE = "BELAY_TESTS_OF"
# How much of what such a process says is shown when it ends early, in bytes.
_LAST = 4000


class Worker:
    """The process that runs the tests of one board, seen from inside."""

    def __init__(self, config: pytest.Config, label: str, pipe: int) -> None:
        self._config = config
        self.label = label
        # Who outlives this process must not keep it open.
        os.set_inheritable(pipe, False)
        self._pipe = open(pipe, "w", encoding="utf-8")
        self._reports: list[Any] = []

    @staticmethod
    def of(config: pytest.Config) -> Worker | None:
        """The worker that this process is, if it is one."""
        # Processes that tests start are none.
        told = os.environ.pop(_VARIABLE, None)
        if told is None:
            return None
        label, pipe = json.loads(told)
        # What all have found out is reported by who started this.
        config.option.xmlpath = None
        return Worker(config, label, pipe)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        # This keeps plugins from writing down what only a part of the tests has found out.
        session.config.workerinput = {"workerid": self.label, "testrunuid": ""}  # type: ignore[attr-defined]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._reports.append(self._config.hook.pytest_report_to_serializable(config=self._config, report=report))

    def pytest_runtest_logfinish(self, nodeid: str, location: tuple[str, int | None, str]) -> None:
        print(json.dumps([nodeid, location, self._reports]), file=self._pipe, flush=True)
        self._reports = []


class _Process:
    """The process that runs the tests of one board, seen from outside."""

    def __init__(self, config: pytest.Config, label: str, names: list[str], found: queue.Queue[Any]) -> None:
        self.label = label
        self.missing = dict.fromkeys(names)
        self._said: IO[bytes] = tempfile.TemporaryFile()
        reading, writing = os.pipe()
        command = [sys.executable, "-m", "pytest", *map(str, config.invocation_params.args)]
        if config.pluginmanager.has_plugin("_cov"):
            command.append("--no-cov")
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=self._said,
            stderr=subprocess.STDOUT,
            cwd=config.invocation_params.dir,
            env={**os.environ, _VARIABLE: json.dumps([label, writing])},
            pass_fds=[writing],
        )
        os.close(writing)
        self._thread = threading.Thread(target=self._read, args=(reading, found), name=f"belay-tests-{label}")
        self._thread.start()

    def _read(self, pipe: int, found: queue.Queue[Any]) -> None:
        with open(pipe, encoding="utf-8") as lines:
            for line in lines:
                found.put((self, json.loads(line)))
        self.process.wait()
        found.put((self, None))

    def end(self) -> None:
        """Ends the process, whatever it does, and gives the last of what it has said."""
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait()
        self._thread.join()

    def last_words(self) -> str:
        self._said.seek(max(0, self._said.seek(0, os.SEEK_END) - _LAST))
        return self._said.read().decode("utf-8", "replace")


def run(session: pytest.Session, board_of: Callable[[pytest.Item], tuple[str, str] | None]) -> None:
    """Runs the tests of each board in a process of its own, and tests without a board here.

    ``board_of`` gives the label of a test's board, and what the test is called on all boards.
    """
    config = session.config
    here: list[pytest.Item] = []
    names: dict[str, list[str]] = {}
    lost: dict[str, pytest.TestReport] = {}
    for item in session.items:
        board = board_of(item)
        if board is None:
            here.append(item)
        else:
            names.setdefault(board[0], []).append(item.nodeid)
            lost[item.nodeid] = pytest.TestReport(item.nodeid, item.location, {}, "failed", None, "call")
            lost[item.nodeid].belay_device, lost[item.nodeid].belay_name = board  # type: ignore[attr-defined]
    found: queue.Queue[Any] = queue.Queue()
    running = [_Process(config, label, part, found) for label, part in names.items()]
    active = set(running)
    try:
        while here or active:
            if here:
                item = here.pop(0)
                config.hook.pytest_runtest_protocol(item=item, nextitem=here[0] if here else None)
            while not here and active or not found.empty():
                process, told = found.get()
                if told is None:
                    active.remove(process)
                    _replay_missing(config, process, lost)
                else:
                    process.missing.pop(told[0], None)
                    _replay(config, *told)
                _stop_if_wanted(session)
            _stop_if_wanted(session)
    finally:
        for process in running:
            process.end()


def _replay(config: pytest.Config, name: str, place: Any, reports: list[Any]) -> None:
    """Tells what has become of a test."""
    config.hook.pytest_runtest_logstart(nodeid=name, location=tuple(place))
    for data in reports:
        report = config.hook.pytest_report_from_serializable(config=config, data=data)
        config.hook.pytest_runtest_logreport(report=report)
    config.hook.pytest_runtest_logfinish(nodeid=name, location=tuple(place))


def _replay_missing(config: pytest.Config, process: _Process, lost: dict[str, pytest.TestReport]) -> None:
    """Tells of the tests whose process has ended before it had run them."""
    for name in process.missing:
        report = lost[name]
        report.longrepr = f"the process for the tests of {process.label} has ended early:\n{process.last_words()}"
        config.hook.pytest_runtest_logstart(nodeid=name, location=report.location)
        config.hook.pytest_runtest_logreport(report=report)
        config.hook.pytest_runtest_logfinish(nodeid=name, location=report.location)


def _stop_if_wanted(session: pytest.Session) -> None:
    if session.shouldfail:
        raise session.Failed(session.shouldfail)
    if session.shouldstop:
        raise session.Interrupted(session.shouldstop)
