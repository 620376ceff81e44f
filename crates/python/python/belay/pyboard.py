"""The exceptions of talking to a board."""

from __future__ import annotations

from .exceptions import BelayException


class PyboardError(BelayException):
    """The board did not answer, or not as it should."""


class PyboardException(BelayException):
    """An exception on the board that its program did not catch.

    Its argument is the traceback, in which lines of this computer's files are named and shown.
    """

    kind: str = ""
    """The name of the exception's class on the board."""
    message: str = ""
    """What the exception says."""

    def __str__(self) -> str:
        return "\n\n" + str(self.args[0])

