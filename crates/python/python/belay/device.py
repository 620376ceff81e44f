"""A board as an extension of a program."""

from __future__ import annotations

import atexit
import os
import sys
import weakref

from ._engine import bundled_engine
from ._native import Handle, Session, dedent, imported_names, minify as minify_code
from .device_meta import DeviceMeta, ExecuterMethod
from .device_support import Implementation, TimeSync, sort_executers
from .exceptions import BelayWarning, NotBelayResponseError
from .executers import EXECUTERS, Marker
from .inspect import isexpression
from .proxy_object import ProxyObject, get_proxy_object_target_name
from .pyboard import PyboardException as PyboardException
from .usb_specifier import device_name
from .utils import Sentinel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor
    from typing import Any

    from .batch import Batch
    from .events import Events
    from .executers import SetupExecuter, TaskExecuter, TeardownExecuter, ThreadExecuter
    from .host import Host
    from .mount import Mount

_DEFAULT: Any = object()
# How old a comparison of the clocks may be, in seconds, until another one is made.
_FRESH = 10.0


class UNPARSABLE_RESULT(Sentinel):
    """Stands for a result that has no literal."""


class NO_RESULT(Sentinel):
    """Stands for no result."""


def parse_belay_response(line: str, result_parser: Any = None) -> tuple[Any, Any, int | None]:
    """Takes apart a line as the code of Belay 0.30 printed results; this package's code prints none."""
    if not line.startswith("_BELAY"):
        raise NotBelayResponseError(line)
    line = line.rstrip()
    code, rest = line[6:7], line[7:]
    if code == "S":
        raise StopIteration
    if code != "R":
        raise ValueError(f"a response of an unknown kind: {line!r}")
    number, _, rest = rest.partition("|")
    ticks, _, text = rest.partition("|")
    name = int(number) if number else NO_RESULT
    result: Any = NO_RESULT
    if text:
        if result_parser is None:
            import ast

            result_parser = ast.literal_eval
        try:
            result = result_parser(text)
        except Exception:
            result = UNPARSABLE_RESULT
    return name, result, int(ticks) if ticks else None


_open: weakref.WeakSet[Device] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    for device in list(_open):
        try:
            device.close()
        except Exception:
            # What a board says at the end of a program is nobody's concern any more.
            pass


class Device(metaclass=DeviceMeta):
    """A session with a board.

    ``device`` names it: a port, ``ws://…``, a :class:`UsbSpecifier`, ``sim:`` for a simulated board;
    without it the variable ``BELAY_DEVICE`` does, or it is the only board that is plugged in.

    ``startup`` is code that runs on the board first, instead of the usual imports. With ``attempts`` the
    session outlives a connection that breaks: it is tried as often to connect anew (for ever, if
    negative), with a second between two attempts, and what has been recorded is done again.

    As a context manager it closes itself.
    """

    MAX_CMD_HISTORY_LEN = 1000
    _belay_root = True

    setup: Marker[SetupExecuter] = Marker("setup")
    task: Marker[TaskExecuter] = Marker("task")
    teardown: Marker[TeardownExecuter] = Marker("teardown")
    thread: Marker[ThreadExecuter] = Marker("thread")
    _belay_teardown: TeardownExecuter
    _belay_is_open = False

    def __init__(
        self,
        device: Any = None,
        baudrate: int = 115200,
        user: str = "micro",
        password: str = "python",
        exclusive: bool = True,
        *,
        startup: str | None = None,
        attempts: int = 0,
        auto_sync_time: bool = True,
    ) -> None:
        self.attempts = attempts
        self.auto_sync_time = auto_sync_time
        self._belay_implementation: Implementation | None = None
        self._belay_kept: list[Handle] = []
        self._belay_executor: ThreadPoolExecutor | None = None
        self._belay_events: Events | None = None
        self._time_sync = TimeSync()
        self._belay_session = Session(
            device_name(device),
            baudrate=baudrate,
            user=user,
            password=password,
            startup=None if startup is None else f"import os, sys, time\n{startup}",
            attempts=attempts,
            engine=bundled_engine(),
        )
        try:
            self._belay_session.connect()
            self._belay_begin()
        except BaseException:
            # A board that is not used is not kept from others.
            self._belay_session.close()
            raise

    def _belay_begin(self) -> None:
        for name, executer in EXECUTERS.items():
            setattr(self, "_belay_" + name, executer(self))
        self._belay_is_open = True
        _open.add(self)
        autoinit = []
        for name in dir(type(self)):
            method = _static(type(self), name)
            if not isinstance(method, ExecuterMethod):
                continue
            function = method.__get__(self)
            metadata = function.__belay__
            kind = next(k for k, executer in EXECUTERS.items() if executer is metadata.executer)
            executer = getattr(self, "_belay_" + kind)(function, **metadata.kwargs)
            if metadata.autoinit:
                autoinit.append(executer)
            setattr(self, name, executer)
        self.__pre_autoinit__()
        for executer in sort_executers(autoinit):
            executer()
        self.__post_init__()

    def __pre_autoinit__(self) -> None:
        """Runs before the methods that are marked with ``setup(autoinit=True)``: the place to sync files."""

    def __post_init__(self) -> None:
        """Runs at the end of ``__init__``."""

    @property
    def implementation(self) -> Implementation:
        """The Python that runs on the board."""
        found = self._belay_implementation
        if found is None:
            found = Implementation(*self._belay_session.implementation())
            self._belay_implementation = found
        return found

    def __call__(
        self,
        cmd: Any,
        *,
        minify: bool = True,
        stream_out: Any = _DEFAULT,
        record: bool = True,
        trusted: bool = False,
        proxy: bool = False,
        delete: bool | None = None,
        with_timing: bool | None = None,
        return_time: bool = False,
    ) -> Any:
        """Runs statements, or evaluates an expression and gives its value.

        ``stream_out`` takes what is printed meanwhile: the standard output, unless it is said
        otherwise; ``None`` is nowhere. ``record`` says whether it is run again on a board that has come
        back. With ``trusted``, a result that has no literal is what its repr evaluates to **here**, which
        lets the board run code on this computer. With ``proxy``, a result that can change stays on the
        board. With ``return_time``, the result comes with the time when the board had it.
        """
        if type(cmd) is ProxyObject:
            cmd = get_proxy_object_target_name(cmd)
        elif isinstance(cmd, tuple):
            # What never changes has come as a value where a proxy was asked for.
            return cmd
        code = dedent(cmd)
        stream = sys.stdout if stream_out is _DEFAULT else stream_out
        record = record and self.attempts != 0
        session = self._belay_session
        if isexpression(code):
            code = code.strip()
            if proxy:
                return self._belay_object(code, True if delete is None else delete, stream)
            if return_time:
                return self._belay_timed(code, stream, trusted, record)
            return session.eval(code, stream, trusted, record)
        if minify:
            try:
                code = minify_code(code)
            except SyntaxError:
                # The board tells what is wrong with it, or knows better.
                pass
        if code.strip():
            session.exec(code, stream, record)
        if proxy:
            names = imported_names(code)
            if not names:
                raise NotImplementedError("only expressions and imports give a proxy")
            found = tuple(self(name, proxy=True, delete=False, stream_out=stream) for name in names)
            return found[0] if len(found) == 1 else found
        if return_time:
            raise ValueError("a statement has no result, and so no time of one")
        return None

    def _belay_object(self, code: str, delete: bool, stream: Any) -> Any:
        found = self._belay_session.object(code, stream)
        if type(found) is not Handle:
            return found
        if not delete:
            self._belay_kept.append(found)
        return ProxyObject(self, found.name, delete, found)

    def _belay_timed(self, code: str, stream: Any, trusted: bool, record: bool) -> Any:
        from datetime import datetime

        self._belay_need_time()
        value, at = self._belay_session.eval_timed(code, stream, trusted)
        return value, datetime.fromtimestamp(at)

    def _belay_timed_step(self, generator: Any, sent: str) -> Any:
        import time
        from datetime import datetime

        self._belay_need_time()
        before = time.time()
        step = self._belay_session.step(generator, sent, sys.stdout)
        at = (before + time.time()) / 2
        return None if step is None else ((step[0], datetime.fromtimestamp(at)),)

    def _belay_need_time(self) -> None:
        if not self.auto_sync_time and self._time_sync.time_offset is None:
            raise ValueError("the clocks have not been compared; call sync_time() first")

    def proxy(self, cmd: str, delete: bool | None = None) -> Any:
        """A proxy for an object on the board: a variable, what an expression gives, what is imported.

        ``delete`` says whether the board's object goes with the proxy: a variable and a module do not,
        what an expression has made does. An import of several names gives a tuple.
        """
        if cmd.isidentifier():
            return ProxyObject(self, cmd, bool(delete))
        return self(cmd, proxy=True, delete=delete)

    def sync(
        self,
        folder: Any,
        dst: str = "/",
        keep: Any = None,
        ignore: Any = None,
        minify: bool = True,
        mpy_cross_binary: Any = None,
        progress_update: Any = None,
    ) -> None:
        """Makes a folder of the board hold what a local folder holds, or puts a single file there.

        What is the same is left alone. What the local folder does not hold is deleted at the end, unless
        ``keep`` names it; ``keep=True`` deletes nothing, and by default ``boot.py``, ``webrepl_cfg.py``
        and ``lib`` stay in ``/``. ``ignore`` are patterns as in ``.gitignore``. Python files are minified,
        or compiled with ``mpy_cross_binary``. ``progress_update`` is called as
        ``rich.progress.Progress.update`` is, without the task. What cannot be sent as it should be is a
        :class:`BelayWarning`, and the rest is sent.
        """
        from pathlib import Path

        folder = Path(folder).resolve()
        dst = str(dst)
        if not dst.startswith("/"):
            raise ValueError(f'dst begins with "/", unlike {dst!r}')
        if not folder.exists():
            raise ValueError(f"{folder} does not exist")
        for warning in self._belay_session.sync(
            folder,
            dst.rstrip("/") or "/",
            keep=_patterns("keep", keep, [] if keep is False else None),
            keep_all=keep is True or folder.is_file(),
            ignore=_patterns("ignore", ignore, None),
            minify=minify,
            mpy_cross=mpy_cross_binary,
            report=None if progress_update is None else _progress(progress_update),
        ):
            import warnings

            warnings.warn(warning, BelayWarning, stacklevel=2)

    def sync_dependencies(self, package: Any, *subfolders: Any, dst: Any = "/lib", **kwargs: Any) -> None:
        """Syncs folders that a package brings along for boards, one laid over the other."""
        import importlib.resources
        import shutil
        import tempfile
        from pathlib import Path

        files = importlib.resources.files(package)
        with tempfile.TemporaryDirectory() as together:
            for subfolder in subfolders:
                place = files.joinpath(str(subfolder))
                if not place.is_dir():
                    raise FileNotFoundError(f"{package} has no folder {subfolder}")
                with importlib.resources.as_file(place) as folder:
                    shutil.copytree(folder, together, dirs_exist_ok=True)
            self.sync(Path(together), dst=dst, **kwargs)

    def sync_time(self, samples: int = 10) -> float:
        """Compares the clocks and gives the board's time less the host's, in seconds."""
        ticks, host, _ = self._belay_session.clock(samples)
        self._time_sync.update_offset(ticks, host)
        return self.time_offset

    @property
    def time_offset(self) -> float:
        """The board's time (of ``time.ticks_ms``) less the host's (of ``time.time``), in seconds."""
        if self._time_sync.time_offset is None and self.auto_sync_time:
            self.sync_time(5)
        offset = self._time_sync.time_offset
        if offset is None:
            raise ValueError("the clocks have not been compared; call sync_time() first")
        return offset

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Runs what is marked with ``teardown``, leaves the board at its prompt and closes the port."""
        if not self._belay_is_open:
            return
        self._belay_session.check()
        self._belay_is_open = False
        _open.discard(self)
        try:
            for executer in sort_executers(self._belay_teardown._belay_executers):
                executer()
        finally:
            self._belay_session.close()
            if self._belay_executor is not None:
                self._belay_executor.shutdown(wait=False)

    def __del__(self) -> None:
        if self._belay_is_open:
            try:
                self.close()
            except Exception:
                # Nobody is left to hear of it.
                pass

    def reconnect(self, attempts: int | None = None) -> None:
        """Connects anew and does again what has been recorded.

        It is tried ``attempts`` times, or as often as was said at the beginning, at least once.
        """
        self._time_sync.reset()
        self._belay_session.reconnect(attempts if attempts is not None else self.attempts or 1)

    def soft_reset(self) -> None:
        """Restarts the board's interpreter. ``boot.py`` and ``main.py`` run, if there are any."""
        self._belay_session.soft_reset()

    @property
    def host(self) -> Host:
        """The decorator for functions of this program that code on the board can call."""
        from .host import Host

        # It cannot be asked for in a function of the host.
        self.implementation
        return Host(self._belay_session)

    def mount(self, folder: str | os.PathLike[str], *, at: str = "/remote", read_only: bool = False) -> Mount:
        """Lets the board use a folder of the host: ``with device.mount("src"): device("import main")``.

        It is a file system of the board at ``at``, its working folder, and the first place where it looks for
        modules. Nothing is copied to the board, and what changes on the host is seen there. It outlives
        :meth:`soft_reset` and a connection that breaks. The board sees that folder alone, and with
        ``read_only`` changes nothing in it.
        """
        from .mount import Mount

        return Mount(self._belay_session, folder, at, read_only)

    @property
    def events(self) -> Events:
        """What code on the board tells by ``belay_emit(name, value)``, which it can from the first use on."""
        if self._belay_events is None:
            from .events import Events

            self._belay_events = Events(self._belay_session)
        return self._belay_events

    def on(self, name: str) -> Any:
        """The decorator for what is called with the value of each event of that name."""

        def decorate(handler: Any) -> Any:
            self.events.on(name, handler)
            return handler

        return decorate

    def batch(self) -> Batch:
        """Calls that go to the board together: ``with device.batch() as batch: …``."""
        from .batch import Batch

        return Batch(self._belay_session)

    def submit(self, call: Any, *args: Any, **kwargs: Any) -> Future[Any]:
        """Makes a call on a thread of the device, and gives a future with its result.

        ``call`` is code for the board, a task, or anything else that can be called.
        """
        executor = self._belay_executor
        if executor is None:
            from concurrent.futures import ThreadPoolExecutor

            executor = ThreadPoolExecutor(1, thread_name_prefix="belay")
            self._belay_executor = executor
        if isinstance(call, str):
            return executor.submit(self, call, *args, **kwargs)
        return executor.submit(call, *args, **kwargs)

    def terminal(self, *, exit_char: str = chr(0x1D)) -> None:
        """Passes keys to the board and shows what it prints, until ``exit_char`` (Ctrl-]) is typed.

        The board is at its friendly prompt meanwhile.
        """
        from ._terminal import terminal

        terminal(self._belay_session, exit_char)

    def interrupt(self) -> None:
        """Interrupts what runs on the board, from any thread: there it is a ``KeyboardInterrupt``.

        A device that is still being connected to is given up.
        """
        session = self.__dict__.get("_belay_session")
        if session is not None:
            session.interrupt()


def _static(kind: type, name: str) -> Any:
    """A class's attribute as it was put there, without asking it for anything."""
    for base in kind.__mro__:
        if name in base.__dict__:
            return base.__dict__[name]
    return None


def _patterns(name: str, value: Any, default: list[str] | None) -> list[str] | None:
    if value is None or isinstance(value, bool) and name == "keep":
        return default
    if isinstance(value, str):
        return [value]
    if isinstance(value, (list, tuple)):
        return [os.fspath(item) for item in value]
    raise TypeError(f"{name} is a text or a list of them, not {value!r}")


def _progress(update: Any) -> Any:
    def report(step: int | str | None) -> None:
        if step is None:
            update(advance=1)
        elif isinstance(step, int):
            update(total=step)
        else:
            update(description=f"Pushing: {step[1:]}")

    return report


