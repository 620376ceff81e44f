"""Turns of several processes with one board."""

from __future__ import annotations

import glob
import hashlib
import os
import tempfile
from typing import Callable

try:
    import fcntl
except ImportError:
    # There is no such lock on Windows: a board that another process has is busy there.
    fcntl = None  # type: ignore[assignment,unused-ignore]


class Lock:
    """A board's lock, which its holder keeps until another process of this user wants it."""

    def __init__(self, spec: str) -> None:
        user = os.getuid() if hasattr(os, "getuid") else 0
        digest = hashlib.sha256(spec.encode()).hexdigest()[:16]
        self._path = os.path.join(tempfile.gettempdir(), f"belay-tests-{user}-{digest}")
        self._file: int | None = None

    def acquire(self, before_waiting: Callable[[], object]) -> None:
        """Takes the lock. Who has to wait for it gives up first what others may wait for."""
        if fcntl is None or self._file is not None:
            return
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        try:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                before_waiting()
                note = f"{self._path}.{os.getpid()}"
                os.close(os.open(note, os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600))
                try:
                    fcntl.flock(file, fcntl.LOCK_EX)
                finally:
                    os.unlink(note)
        except BaseException:
            os.close(file)
            raise
        self._file = file

    def is_wanted(self) -> bool:
        """Whether another process waits for the lock."""
        return self._file is not None and any(map(_is_alive, glob.glob(glob.escape(self._path) + ".*")))

    def release(self) -> None:
        """Gives the lock to others."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _is_alive(note: str) -> bool:
    """Whether the process that waits is still there."""
    try:
        os.kill(int(note.rpartition(".")[2]), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        pass
    return True
