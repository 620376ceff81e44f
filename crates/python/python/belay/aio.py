"""Boards in an event loop."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import inspect
import operator as _operators
import queue
import threading
from collections.abc import AsyncIterator
from concurrent.futures import Future, ThreadPoolExecutor

from .device import Device
from .proxy_object import ProxyObject
from .utils import decorator

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Awaitable
    from typing import Any, Callable

    from .batch import Batch
    from .device_support import Implementation
    from .mount import Mount

# What a coroutine of the host asks of the device that is waiting for it: the thread of that device takes
# it from here, since it cannot begin another call.
_nested: contextvars.ContextVar[Requests | None] = contextvars.ContextVar("_nested", default=None)


class Requests:
    """Calls that come from inside of a call of one device."""

    def __init__(self, device: AsyncDevice) -> None:
        self.device = device
        self._waiting: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = queue.SimpleQueue()

    def submit(self, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Future[Any]:
        """Has a call made."""
        future: Future[Any] = Future()
        self._waiting.put((future, functools.partial(work, *args, **kwargs)))
        return future

    def end(self, _done: object) -> None:
        """There will be no more."""
        self._waiting.put(None)

    def serve(self) -> None:
        """Makes the calls until the end."""
        while (request := self._waiting.get()) is not None:
            future, work = request
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(work())
                except BaseException as error:
                    future.set_exception(error)


class AsyncDevice:
    """A device whose calls are awaited; it has the names of :class:`~belay.Device`.

    ``device = await AsyncDevice(port)``, or ``async with AsyncDevice(port) as device``. Each device has a
    thread of its own, so any number of them work at the same time. When a call is cancelled, the program on
    the board is interrupted. Functions can be decorated before the device is open.
    """

    MAX_CMD_HISTORY_LEN = Device.MAX_CMD_HISTORY_LEN

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._arguments = args, kwargs
        self._device = Device.__new__(Device)
        self._is_open = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="belay")
        self._teardowns: list[Callable[[], Any]] = []
        self.setup = AsyncExecuter(self, "setup")
        self.task = AsyncExecuter(self, "task")
        self.thread = AsyncExecuter(self, "thread")
        self.teardown = AsyncExecuter(self, "teardown")

    async def _run(self, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        requests = _nested.get()
        if requests is not None and requests.device is self:
            future = requests.submit(work, *args, **kwargs)
        else:
            future = self._executor.submit(work, *args, **kwargs)
        waiting = asyncio.wrap_future(future)
        try:
            return await asyncio.shield(waiting)
        except asyncio.CancelledError:
            if not future.cancel():
                # It runs: the board is told, again and again until it has noticed, and the device is free
                # before anything else is done.
                while not future.done():
                    self._device.interrupt()
                    await asyncio.wait([waiting], timeout=0.1)
                await asyncio.wait([waiting])
                # What it ended with is of no interest any more.
                if not waiting.cancelled():
                    waiting.exception()
            raise

    async def open(self) -> AsyncDevice:
        """Connects."""
        if not self._is_open:
            self._loop = asyncio.get_running_loop()
            args, kwargs = self._arguments
            await self._run(self._device.__init__, *args, **kwargs)  # type: ignore[misc]
            self._is_open = True
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
        if not self._is_open:
            raise RuntimeError("the device is not open yet; await it first")
        return self._device

    @property
    def attempts(self) -> int:
        """See :attr:`Device.attempts`."""
        return self.device.attempts

    @property
    def auto_sync_time(self) -> bool:
        """See :attr:`Device.auto_sync_time`."""
        return self.device.auto_sync_time

    async def __call__(self, cmd: Any, **options: Any) -> Any:
        """See :meth:`Device.__call__`."""
        if isinstance(cmd, AsyncProxy):
            cmd = await cmd._belay_found()
        return _awaitable(self, await self._run(self.device, cmd, **options))

    async def close(self) -> None:
        """See :meth:`Device.close`."""
        if self._is_open:
            await self._run(self._close)
        self._executor.shutdown(wait=False)

    def _close(self) -> None:
        # What runs on the board at the end has to be there.
        for send in self._teardowns:
            send()
        self._device.close()

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

    @property
    def time_offset(self) -> Awaitable[float]:
        """See :attr:`Device.time_offset`; it is awaited: ``await device.time_offset``."""
        return self._run(lambda: self.device.time_offset)

    async def soft_reset(self) -> None:
        """See :meth:`Device.soft_reset`."""
        await self._run(self.device.soft_reset)

    async def reconnect(self, attempts: int | None = None) -> None:
        """See :meth:`Device.reconnect`."""
        await self._run(self.device.reconnect, attempts)

    def proxy(self, cmd: str, delete: bool | None = None) -> AsyncProxy:
        """See :meth:`Device.proxy`; what is done with the proxy is awaited: ``await proxy.append(1)``."""
        return AsyncProxy(self, lambda: self.device.proxy(cmd, delete))

    @contextlib.asynccontextmanager
    async def mount(
        self, folder: str | os.PathLike[str], *, at: str = "/remote", read_only: bool = False
    ) -> AsyncIterator[Mount]:
        """See :meth:`Device.mount`: ``async with device.mount("src"): await device("import main")``."""
        mounted = await self._run(self.device.mount, folder, at=at, read_only=read_only)
        try:
            yield mounted
        finally:
            await self._run(mounted.unmount)

    @property
    def events(self) -> AsyncEvents:
        """See :attr:`Device.events`: ``await device.events.get()``, ``async for name, value in device.events``."""
        return AsyncEvents(self)

    def on(self, name: str) -> Any:
        """See :meth:`Device.on`; the handler runs in the event loop, and may be a coroutine function."""

        def decorate(handler: Any) -> Any:
            loop = asyncio.get_running_loop()
            tasks: set[Any] = set()

            def run(value: Any) -> None:
                result = handler(value)
                if asyncio.iscoroutine(result):
                    # The loop itself keeps no task alive.
                    task = loop.create_task(result)
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)

            self.device.events.on(name, lambda value: loop.call_soon_threadsafe(run, value))
            return handler

        return decorate

    def batch(self) -> AsyncBatch:
        """See :meth:`Device.batch`: ``async with device.batch() as batch: …``."""
        return AsyncBatch(self)

    def submit(self, call: Any, *args: Any, **kwargs: Any) -> asyncio.Task[Any]:
        """See :meth:`Device.submit`; the call begins without being awaited, and its task can be."""
        if isinstance(call, str):
            return asyncio.create_task(self(call, *args, **kwargs))
        if inspect.iscoroutinefunction(call):
            return asyncio.create_task(call(*args, **kwargs))
        return asyncio.create_task(self._run(call, *args, **kwargs))

    async def terminal(self, *, exit_char: str = chr(0x1D)) -> None:
        """See :meth:`Device.terminal`."""
        await self._run(self.device.terminal, exit_char=exit_char)

    @decorator
    def host(self, f: Any = None, **options: Any) -> Any:
        """See :attr:`Device.host`.

        A coroutine function runs in the event loop and may await the device; any other function runs on
        the device's thread, and works with :attr:`device`.
        """
        if not inspect.iscoroutinefunction(f):
            return self.device.host(f, **options)
        self.device.host(_in_loop(self, f, options.pop("timeout", None)), **options)
        return f

    def interrupt(self) -> None:
        """See :meth:`Device.interrupt`."""
        self._device.interrupt()

    @property
    def implementation(self) -> Awaitable[Implementation]:
        """See :attr:`Device.implementation`; it is awaited: ``await device.implementation``."""
        return self._run(lambda: self.device.implementation)


def _in_loop(device: AsyncDevice, f: Callable[..., Any], timeout: float | None) -> Callable[..., Any]:
    """A function for the device's thread that runs a coroutine function in the event loop."""

    @functools.wraps(f)
    def run(*args: Any, **kwargs: Any) -> Any:
        loop = device._loop
        assert loop is not None, "an open device has a loop"
        requests = Requests(device)
        before = _nested.set(requests)
        try:
            # The coroutine's context is a copy of this one.
            future = asyncio.run_coroutine_threadsafe(asyncio.wait_for(f(*args, **kwargs), timeout), loop)
        finally:
            _nested.reset(before)
        future.add_done_callback(requests.end)
        requests.serve()
        return future.result()

    return run


def _awaitable(device: AsyncDevice, value: Any) -> Any:
    """What a call has given, as something that does not block."""
    if type(value) is ProxyObject:
        return AsyncProxy(device, lambda: value)
    if type(value) is tuple and any(type(item) is ProxyObject for item in value):
        return tuple(_awaitable(device, item) for item in value)
    return value


def _binary(name: str) -> Any:
    operator = getattr(_operators, name)

    def forward(self: AsyncProxy, other: Any) -> AsyncProxy:
        return self._belay_then(lambda found: operator(found, other))

    def reflected(self: AsyncProxy, other: Any) -> AsyncProxy:
        return self._belay_then(lambda found: operator(other, found))

    return forward, reflected


def _unary(name: str) -> Any:
    operator = getattr(_operators, name)

    def operate(self: AsyncProxy) -> AsyncProxy:
        return self._belay_then(operator)

    return operate


class AsyncProxy:
    """An object on the board, for an event loop.

    What stands behind it, attributes, items, calls and operators, is done when it is awaited:
    ``await proxy.readings[0]``, ``await (proxy + 1)``, ``await proxy.append(3)``.
    """

    _belay_device: AsyncDevice
    _belay_find: Callable[[], Any]

    def __init__(self, device: AsyncDevice, find: Callable[[], Any]) -> None:
        object.__setattr__(self, "_belay_device", device)
        object.__setattr__(self, "_belay_find", find)

    async def _belay_found(self) -> Any:
        """The proxy whose use blocks, or the value."""
        return await self._belay_device._run(self._belay_find)

    async def _belay_value(self) -> Any:
        return _awaitable(self._belay_device, await self._belay_found())

    def __await__(self) -> Any:
        return self._belay_value().__await__()

    def _belay_then(self, step: Callable[[Any], Any]) -> AsyncProxy:
        find = self._belay_find
        return AsyncProxy(self._belay_device, lambda: step(find()))

    def __getattr__(self, name: str) -> AsyncProxy:
        if name.startswith("__") and name.endswith("__") or name.startswith("_belay"):
            raise AttributeError(name)
        return self._belay_then(lambda found: getattr(found, name))

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{name} cannot be assigned, since that cannot be awaited; run an assignment on the board")

    def __getitem__(self, key: Any) -> AsyncProxy:
        return self._belay_then(lambda found: found[key])

    def __call__(self, *args: Any, **kwargs: Any) -> AsyncProxy:
        return self._belay_then(lambda found: found(*args, **kwargs))

    __add__, __radd__ = _binary("__add__")
    __sub__, __rsub__ = _binary("__sub__")
    __mul__, __rmul__ = _binary("__mul__")
    __truediv__, __rtruediv__ = _binary("__truediv__")
    __floordiv__, __rfloordiv__ = _binary("__floordiv__")
    __mod__, __rmod__ = _binary("__mod__")
    __pow__, __rpow__ = _binary("__pow__")
    __matmul__, __rmatmul__ = _binary("__matmul__")
    __lshift__, __rlshift__ = _binary("__lshift__")
    __rshift__, __rrshift__ = _binary("__rshift__")
    __and__, __rand__ = _binary("__and__")
    __or__, __ror__ = _binary("__or__")
    __xor__, __rxor__ = _binary("__xor__")
    __lt__, __gt__ = _binary("__lt__")
    __le__, __ge__ = _binary("__le__")
    __neg__ = _unary("__neg__")
    __pos__ = _unary("__pos__")
    __invert__ = _unary("__invert__")


class AsyncEvents:
    """The events of a board, for an event loop."""

    def __init__(self, device: AsyncDevice) -> None:
        self._device = device

    async def get(self, timeout: float | None = None) -> tuple[str, Any]:
        """See :meth:`Events.get`."""
        found: tuple[str, Any] = await self._device._run(lambda: self._device.device.events.get(timeout))
        return found

    def on(self, name: str, handler: Callable[[Any], object]) -> None:
        """See :meth:`AsyncDevice.on`."""
        self._device.on(name)(handler)

    def __aiter__(self) -> AsyncEvents:
        return self

    async def __anext__(self) -> tuple[str, Any]:
        return await self.get()


class AsyncBatch:
    """Calls that go to the board together at the end of an ``async with`` block; see :class:`~belay.batch.Batch`."""

    def __init__(self, device: AsyncDevice) -> None:
        self._device = device
        self._batch: Batch = device.device.batch()
        self._needed: list[Callable[[], Any]] = []

    def __call__(self, cmd: str) -> Future[Any]:
        """Adds statements or an expression."""
        return self._batch(cmd)

    def call(self, task: Callable[..., Any], *args: Any, **kwargs: Any) -> Future[Any]:
        """Adds a call of a task."""
        send = getattr(task, "_belay_send", None)
        if send is not None:
            self._needed.append(send)
        return self._batch.call(task, *args, **kwargs)

    def __len__(self) -> int:
        return len(self._batch)

    async def __aenter__(self) -> AsyncBatch:
        return self

    async def __aexit__(self, *exception: Any) -> None:
        def end() -> None:
            if exception[0] is None:
                for send in self._needed:
                    send()
            self._batch.__exit__(*exception)

        await self._device._run(end)


class AsyncExecuter:
    """A decorator of an :class:`AsyncDevice`: what is decorated is awaited, and a generator iterated with
    ``async for``. What has been decorated is an attribute, too.
    """

    def __init__(self, device: AsyncDevice, kind: str) -> None:
        self._belay_device = device
        self._belay_kind = kind

    @decorator
    def __call__(self, f: Any = None, *, register: bool = True, **options: Any) -> Any:
        device, kind = self._belay_device, self._belay_kind
        lock = threading.Lock()
        executer: Any = None

        def sent() -> Any:
            # The function goes to the board with its first call, which can be awaited.
            nonlocal executer
            with lock:
                if executer is None:
                    executer = getattr(device.device, kind)(f, register=register, **options)
            return executer

        @functools.wraps(f)
        async def generator(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
            steps = await device._run(lambda: sent()(*args, **kwargs))
            step = await device._run(_advance, steps, None)
            while step is not None:
                value = yield step[0]
                step = await device._run(_advance, steps, value)

        @functools.wraps(f)
        async def function(*args: Any, **kwargs: Any) -> Any:
            return await device._run(lambda: sent()(*args, **kwargs))

        made: Any = generator if inspect.isgeneratorfunction(f) else function
        made._belay_send = sent
        if kind == "teardown":
            device._teardowns.append(sent)
        if register:
            setattr(self, f.__name__, made)
        return made

    def __getattr__(self, name: str) -> Callable[..., Any]:
        raise AttributeError(f"nothing called {name} has been decorated with {self.__dict__['_belay_kind']}")


def _advance(steps: Any, value: Any) -> tuple[Any] | None:
    """The next value in a tuple, or nothing at the end, which no future can carry as an exception."""
    try:
        return (steps.send(value),)
    except StopIteration:
        return None
