"""Many calls in one round trip."""

from __future__ import annotations

import sys

from ._native import Session, dedent
from .inspect import isexpression

TYPE_CHECKING = False
if TYPE_CHECKING:
    from concurrent.futures import Future
    from typing import Any, Callable


class Batch:
    """Calls that go to the board together when the block ends.

    Each gives a future, which has its result then. A call that fails keeps no other from running. If
    the block ends with an exception, nothing is sent, and the futures are cancelled.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._calls: list[tuple[str, bool]] = []
        self._futures: list[Future[Any]] = []

    def __call__(self, cmd: str) -> Future[Any]:
        """Adds statements or an expression."""
        code = dedent(cmd)
        expression = isexpression(code)
        return self._add(code.strip() if expression else code, not expression)

    def call(self, task: Callable[..., Any], *args: Any, **kwargs: Any) -> Future[Any]:
        """Adds a call of a task."""
        function = getattr(task, "__wrapped__", task)
        code = function.__code__
        parameters = list(code.co_varnames[: code.co_argcount])
        return self._add(Session.invocation(function.__name__, args, kwargs, parameters), False)

    def __len__(self) -> int:
        return len(self._calls)

    def _add(self, code: str, statements: bool) -> Future[Any]:
        from concurrent.futures import Future

        future: Future[Any] = Future()
        self._calls.append((code, statements))
        self._futures.append(future)
        return future

    def __enter__(self) -> Batch:
        return self

    def __exit__(self, kind: object, *_exception: object) -> None:
        futures, self._futures = self._futures, []
        calls, self._calls = self._calls, []
        if kind is not None:
            for future in futures:
                future.cancel()
            return
        try:
            results = self._session.batch(calls, sys.stdout)
        except BaseException as error:
            for future in futures:
                future.set_exception(error)
            raise
        for future, (succeeded, result) in zip(futures, results):
            if succeeded:
                future.set_result(result)
            else:
                future.set_exception(result)
