"""A folder of the host on a board."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._native import Session


class Mount:
    """A folder of the host that is a file system of the board, from :meth:`belay.Device.mount`.

    As a context manager it ends with the block.
    """

    def __init__(self, session: Session, folder: str | os.PathLike[str], at: str, read_only: bool) -> None:
        session.mount(os.fspath(folder), at, read_only)
        self._session = session
        self.at = at

    def unmount(self) -> None:
        """Takes the folder away from the board. A second time nothing happens."""
        self._session.unmount()

    def __enter__(self) -> Mount:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.unmount()
