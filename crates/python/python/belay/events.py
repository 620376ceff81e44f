"""What code on the board tells the host unasked."""

from __future__ import annotations

import queue
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ._native import Session


class Events:
    """The events of a board, in the order in which they came.

    Code on the board makes them by ``belay_emit(name, value)``, in tasks, threads and interrupt handlers.
    They are taken out while the board is talked to, and wait here, so whoever takes one may call the device.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._handlers: dict[str, list[Callable[[Any], object]]] = {}
        self._thread: threading.Thread | None = None
        self._closed = False
        self._session.subscribe()

    def get(self, timeout: float | None = None) -> tuple[str, Any]:
        """The next event, its name and value; ``queue.Empty`` when none comes for ``timeout`` seconds."""
        event = self._session.event(timeout)
        if event is None:
            raise queue.Empty
        return event

    def on(self, name: str, handler: Callable[[Any], object]) -> None:
        """Calls ``handler`` with the value of each event of that name, on a thread of its own."""
        self._handlers.setdefault(name, []).append(handler)
        if self._thread is None:
            self._thread = threading.Thread(target=self._dispatch, name="belay-events", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Calls no handlers any more."""
        self._closed = True
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _dispatch(self) -> None:
        from .exceptions import ConnectionLost

        while not self._closed:
            try:
                name, value = self.get(0.05)
            except queue.Empty:
                continue
            except ConnectionLost:
                return
            for handler in self._handlers.get(name, ()):
                try:
                    handler(value)
                except Exception as error:
                    # As an exception in any thread: it is shown, and the next event is taken.
                    import sys

                    sys.excepthook(type(error), error, error.__traceback__)
