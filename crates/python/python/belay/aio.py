"""Boards in an event loop."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

from .device import Device

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .device_support import Implementation


class AsyncDevice:
    """A device whose calls are awaited; it has the names of :class:`~belay.Device`.

    ``device = await AsyncDevice(port)``, or ``async with AsyncDevice(port) as device``. Each device has a
    thread of its own, so any number of them work at the same time. When a call is cancelled, the program on
    the board is interrupted.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._arguments = args, kwargs
        self._device: Device | None = None
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="belay")

    async def _run(self, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        future = self._executor.submit(work, *args, **kwargs)
        waiting = asyncio.wrap_future(future)
        try:
            return await asyncio.shield(waiting)
        except asyncio.CancelledError:
            if not future.cancel():
                # It runs: the board is told, and the device is free again before anything else is done.
                while not future.done():
                    if self._device is not None:
                        self._device.interrupt()
                    await asyncio.wait([waiting], timeout=0.1)
                await asyncio.wait([waiting])
                # What it ended with is of no interest any more.
                if not waiting.cancelled():
                    waiting.exception()
            raise

    async def open(self) -> AsyncDevice:
        """Connects."""
        if self._device is None:
            args, kwargs = self._arguments
            self._device = await self._run(Device, *args, **kwargs)
        return self

    def __await__(self) -> Any:
        return self.open().__await__()

    async def __aenter__(self) -> AsyncDevice:
        return await self.open()

    async def __aexit__(self, *_exception: object) -> None:
        await self.close()

    @property
    def device(self) -> Device:
        """The device itself, whose calls block."""
        if self._device is None:
            raise RuntimeError("the device is not open yet; await it first")
        return self._device

    async def __call__(self, cmd: Any, **options: Any) -> Any:
        """See :meth:`Device.__call__`."""
        return await self._run(self.device, cmd, **options)

    async def close(self) -> None:
        """See :meth:`Device.close`."""
        if self._device is not None:
            await self._run(self._device.close)
        self._executor.shutdown(wait=False)

    async def sync(self, *args: Any, **kwargs: Any) -> None:
        """See :meth:`Device.sync`."""
        await self._run(self.device.sync, *args, **kwargs)

    async def sync_dependencies(self, *args: Any, **kwargs: Any) -> None:
        """See :meth:`Device.sync_dependencies`."""
        await self._run(self.device.sync_dependencies, *args, **kwargs)

    async def sync_time(self, samples: int = 10) -> float:
        """See :meth:`Device.sync_time`."""
        offset: float = await self._run(self.device.sync_time, samples)
        return offset

    async def soft_reset(self) -> None:
        """See :meth:`Device.soft_reset`."""
        await self._run(self.device.soft_reset)

    async def reconnect(self, attempts: int | None = None) -> None:
        """See :meth:`Device.reconnect`."""
        await self._run(self.device.reconnect, attempts)

    async def proxy(self, cmd: str, delete: bool | None = None) -> Any:
        """See :meth:`Device.proxy`; what is done with the proxy blocks."""
        return await self._run(self.device.proxy, cmd, delete)

    async def event(self, timeout: float | None = None) -> tuple[str, Any]:
        """The next event, see :attr:`Device.events`."""
        found: tuple[str, Any] = await self._run(lambda: self.device.events.get(timeout))
        return found

    def host(self, f: Any = None, **options: Any) -> Any:
        """See :attr:`Device.host`; what is decorated runs on the device's thread."""
        if f is None:
            return lambda f: self.host(f, **options)
        return self.device.host(f, **options)

    def interrupt(self) -> None:
        """See :meth:`Device.interrupt`."""
        self.device.interrupt()

    async def implementation(self) -> Implementation:
        """See :attr:`Device.implementation`."""
        found: Implementation = await self._run(lambda: self.device.implementation)
        return found

    def setup(self, f: Any = None, **options: Any) -> Any:
        """See :attr:`Device.setup`; what is decorated is awaited."""
        return self._decorated("setup", f, options)

    def task(self, f: Any = None, **options: Any) -> Any:
        """See :attr:`Device.task`; what is decorated is awaited, and a generator iterated with ``async for``."""
        return self._decorated("task", f, options)

    def thread(self, f: Any = None, **options: Any) -> Any:
        """See :attr:`Device.thread`; what is decorated is awaited."""
        return self._decorated("thread", f, options)

    def teardown(self, f: Any = None, **options: Any) -> Any:
        """See :attr:`Device.teardown`; what is decorated is awaited."""
        return self._decorated("teardown", f, options)

    def _decorated(self, kind: str, f: Any, options: dict[str, Any]) -> Any:
        if f is None:
            return lambda f: self._decorated(kind, f, options)
        import inspect

        executer: Any = None

        def sent() -> Any:
            # The function goes to the board with its first call, which can be awaited.
            nonlocal executer
            if executer is None:
                executer = getattr(self.device, kind)(f, **options)
            return executer

        if inspect.isgeneratorfunction(f):

            @functools.wraps(f)
            async def generator(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
                end = object()
                steps = await self._run(lambda: sent()(*args, **kwargs))
                while (value := await self._run(next, steps, end)) is not end:
                    yield value

            return generator

        @functools.wraps(f)
        async def function(*args: Any, **kwargs: Any) -> Any:
            return await self._run(lambda: sent()(*args, **kwargs))

        return function
