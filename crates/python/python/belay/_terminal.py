"""A terminal on a device."""

from __future__ import annotations

from ._native import Session, main


def terminal(session: Session, exit_char: str) -> None:
    """Passes keys to the board until ``exit_char``, as the command does."""
    if len(exit_char) != 1 or not exit_char.isascii():
        raise ValueError(f"the terminal is left by one character of ASCII, not {exit_char!r}")
    key = exit_char if exit_char >= " " else f"ctrl-{chr(ord(exit_char) | 0x40)}"
    session.release()
    try:
        main(["belay", "--quiet", "terminal", f"--exit-key={key}", session.port])
    finally:
        session.connect(fresh=False)
