"""Lines that ran on boards, in the data of coverage.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

# Of each file some lines.
Lines = dict[str, set[int]]


def merge(counted: list[tuple[Lines, Lines]], config: pytest.Config, has_processes: bool) -> None:
    """Merges lines that could run on boards, and those that did, into what coverage.py knows.

    Where it runs, as by pytest-cov or ``coverage run``, they become part of its data; otherwise they are
    the data file, or are added to it where processes share the work.
    """
    try:
        from coverage import Coverage, CoverageData
    except ImportError:
        raise pytest.UsageError("--belay-cov needs the package coverage") from None

    root = Path(config.rootpath)
    hit: Lines = {}
    for executable, ran in counted:
        for file in executable:
            if Path(file).is_file() and root in Path(file).parents:
                hit.setdefault(file, set()).update(ran.get(file, ()))
    running: Any = Coverage.current()
    if running is not None:
        _add(running.get_data(), hit)
        return
    own: Any = Coverage()
    if hasattr(config, "workerinput"):
        # A process of several has a file of its own, and who started it takes them together.
        data = CoverageData(basename=own.config.data_file, suffix=True)
        _add(data, hit)
        data.write()
        return
    if has_processes or getattr(config.option, "dist", "no") != "no":
        own.combine()
    else:
        own.erase()
    _add(own.get_data(), hit)
    own.save()


def _add(data: Any, hit: Lines) -> None:
    if data.has_arcs():
        # Of branches nothing is known: a line that ran was come to from outside.
        data.add_arcs({file: [(-1, line) for line in lines] for file, lines in hit.items()})
    else:
        data.add_lines(hit)
