"""Functions of the host that code on the board calls."""

from __future__ import annotations

from .exceptions import SpecialFunctionNameError
from .utils import decorator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ._native import Session


class Host:
    """``device.host`` gives the board a function of the host.

    What is decorated can be called on the board as a function there, with values that have literals, by
    tasks and whatever else runs there. It runs on the thread whose call to the board is under way, and may
    itself work with the device: run code, call tasks, use proxies and generators, but not send files, compare
    clocks, restart or close. What it raises is raised on the board, too.

    With ``timeout``, in seconds, it runs on a thread of its own and cannot use the device; a call that takes
    longer is a ``TimeoutError`` on the board, and the function goes on by itself.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    @decorator
    def __call__(self, f: Any = None, *, timeout: float | None = None, name: str | None = None) -> Any:
        called = f.__name__ if name is None else name
        if not called.isidentifier():
            raise SpecialFunctionNameError(f"{called!r} is not a name that the board can call")
        self._session.serve(called, f if timeout is None else self._limited(f, timeout))
        return f

    def _limited(self, f: Callable[..., Any], timeout: float) -> Callable[..., Any]:
        def limited(*args: Any, **kwargs: Any) -> Any:
            import threading

            result: list[Any] = []
            raised: list[BaseException] = []

            def work() -> None:
                self._session.keep_out(True)
                try:
                    result.append(f(*args, **kwargs))
                except BaseException as error:
                    raised.append(error)
                finally:
                    self._session.keep_out(False)

            thread = threading.Thread(target=work, name=f"belay-{f.__name__}", daemon=True)
            thread.start()
            thread.join(timeout)
            if raised:
                raise raised[0]
            if not result:
                raise TimeoutError(f"{f.__name__} took longer than {timeout} s")
            return result[0]

        return limited
