"""A terminal on a device."""

from __future__ import annotations

from ._native import main

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .device import Device

_CTRL_BRACKET = chr(0x1D)


def terminal(device: Device, exit_char: str) -> None:
    """Passes keys to the board until ``exit_char``, as the command does."""
    if exit_char != _CTRL_BRACKET:
        raise ValueError("the terminal is left by Ctrl-] and no other key")
    session = device._belay_session
    session.release()
    try:
        main(["belay", "--quiet", "terminal", session.port])
    finally:
        session.resume()
