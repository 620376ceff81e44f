"""Notebook cells that run on a board: ``%load_ext belay``."""

from __future__ import annotations

import ast

from .device import Device

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Notebook:
    """The boards of a notebook."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._devices: dict[str, Device] = {}
        self._last: Device | None = None

    def register(self) -> None:
        """Gives the notebook ``%%board`` and ``%board_value``."""
        self._shell.register_magic_function(self.board, magic_kind="line_cell", magic_name="board")
        self._shell.register_magic_function(self.value, magic_kind="line", magic_name="board_value")

    def board(self, line: str, cell: str | None = None) -> Any:
        """``%%board [DEVICE]`` runs a cell on a board, and shows the value of an expression at its end.

        DEVICE is a variable with a ``belay.Device``, or what names one, such as ``sim:``; without it, the board
        is the one before. ``%board [DEVICE]`` alone connects, and gives the device.
        """
        device = self._device(line.strip())
        if cell is None:
            return device
        statements, expression = _parts(cell)
        if statements.strip():
            device(statements)
        return None if expression is None else device(expression)

    def value(self, line: str) -> Any:
        """``%board_value EXPRESSION`` brings a value from the board here: ``here = %board_value there``."""
        return self._device("")(line.strip())

    def close(self) -> None:
        """Gives up the boards that were connected to here."""
        for device in self._devices.values():
            device.close()
        self._devices.clear()
        self._last = None

    def _device(self, name: str) -> Device:
        found = self._shell.user_ns.get(name)
        if isinstance(found, Device):
            self._last = found
        elif name or self._last is None:
            known = self._devices.get(name)
            if known is None or not known._belay_is_open:
                # A simulated board begins empty.
                known = self._devices[name] = Device("sim:?fresh" if name == "sim:" else name or None)
            self._last = known
        return self._last


def _parts(cell: str) -> tuple[str, str | None]:
    """The statements of a cell, and the expression at its end, if there is one."""
    try:
        body = ast.parse(cell).body
    except SyntaxError:
        # The board says what is wrong with it, or knows better.
        return cell, None
    if not body or not isinstance(body[-1], ast.Expr):
        return cell, None
    last = body[-1]
    if len(body) > 1 and body[-2].end_lineno == last.lineno:
        # Behind a semicolon.
        return cell, None
    lines = cell.splitlines(keepends=True)
    return "".join(lines[: last.lineno - 1]), ast.get_source_segment(cell, last)


_notebooks: dict[int, Notebook] = {}


def load(shell: Any) -> None:
    """Gives a notebook its magics."""
    notebook = _notebooks[id(shell)] = Notebook(shell)
    notebook.register()


def unload(shell: Any) -> None:
    """Gives up a notebook's boards."""
    notebook = _notebooks.pop(id(shell), None)
    if notebook is not None:
        notebook.close()
