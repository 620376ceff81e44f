"""A terminal on a device."""

from __future__ import annotations

from ._native import Session, main

_CTRL_BRACKET = chr(0x1D)


def terminal(session: Session, exit_char: str) -> None:
    """Passes keys to the board until ``exit_char``, as the command does."""
    if exit_char != _CTRL_BRACKET:
        raise ValueError("the terminal is left by Ctrl-] and no other key")
    session.release()
    try:
        main(["belay", "--quiet", "terminal", session.port])
    finally:
        session.connect(fresh=False)
