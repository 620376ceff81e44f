"""What a failure of a link or a board means for whoever reads a report."""

from __future__ import annotations

from typing import NamedTuple

from .. import exceptions
from ..pyboard import PyboardError, PyboardException


class Advice(NamedTuple):
    """A failure's class, what to do, and whether a second try may end otherwise."""

    kind: str
    text: str
    retry: bool


class BoardTimeout(Exception):
    """A test has used a board for longer than it may."""


class BoardGone(exceptions.ConnectionFailedError):
    """A board that earlier tests have found gone is not tried again."""


# The first that fits counts.
_ADVICE: list[tuple[type[BaseException], Advice]] = [
    (
        BoardGone,
        Advice("board gone", "an earlier test says what happened to the board; later ones do without it", False),
    ),
    (
        BoardTimeout,
        Advice(
            "time-out",
            "the program on the board was interrupted; --belay-timeout allows longer ones",
            False,
        ),
    ),
    (
        exceptions.AuthenticationError,
        Advice("login refused", "check the password of the board's WebREPL or of its telnet server", False),
    ),
    (
        exceptions.DeviceNotFoundError,
        Advice("no such device", "plug the board in, or name another one; `belay devices` lists what is there", False),
    ),
    (
        exceptions.InsufficientSpecifierError,
        Advice("several devices fit", "say more of the board, such as its serial number", False),
    ),
    (
        exceptions.MaxHistoryLengthError,
        Advice("state lost", "the board came back, but too much was recorded to be done again", False),
    ),
    (
        exceptions.DeviceClosedError,
        Advice("device closed", "the test has closed the board that the fixture gave it; leave that to the fixture", False),
    ),
    (
        exceptions.ConnectionLost,
        Advice("link lost", "the board restarted or its cable is loose; it is connected to anew for the next test", True),
    ),
    (
        exceptions.ConnectionFailedError,
        Advice(
            "no connection",
            "is another program using the port, is the board powered, and does it run MicroPython or CircuitPython?",
            True,
        ),
    ),
    (
        exceptions.FeatureUnavailableError,
        Advice("missing on this board", "mark the test with pytest.mark.requires(…)", False),
    ),
]


def advice(error: BaseException) -> Advice | None:
    """What to say about an exception, if it is one of links and boards."""
    for kind, found in _ADVICE:
        if isinstance(error, kind):
            return found
    if isinstance(error, PyboardException):
        if error.kind == "MemoryError":
            return Advice("out of memory", "the board's memory is full; send less at a time, or use another board", False)
        # An exception of a program is the test's own affair.
        return None
    if isinstance(error, PyboardError) and "restarted" in str(error):
        return Advice("board restarted", "the program reset the board, a watchdog did, or its power failed", True)
    if isinstance(error, PyboardError):
        return Advice("link out of step", "bytes were damaged or lost on the way; check cable and speed", True)
    return None
