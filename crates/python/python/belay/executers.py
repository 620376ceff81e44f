"""The decorators that send functions to a board."""

from __future__ import annotations

import sys
from functools import wraps

from ._native import Session, literal
from .device_support import MethodMetadata
from .exceptions import FeatureUnavailableError, SpecialFunctionNameError
from .inspect import getsource
from .pyboard import PyboardException

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .device import Device

_GENERATOR = 0x20
_COROUTINE = 0x80


def _is_reserved(name: str) -> bool:
    return name.startswith(("_belay", "__belay")) or (name.startswith("__") and name.endswith("__"))


def _check_name(name: str) -> None:
    if _is_reserved(name):
        raise SpecialFunctionNameError(f"the name {name} is kept for Python or for this package")


def _parameters(f: Callable[..., Any]) -> list[str]:
    """The names of the parameters that are given by position."""
    code = f.__code__
    return list(code.co_varnames[: code.co_argcount])


def _is_generator(f: Callable[..., Any]) -> bool:
    return bool(f.__code__.co_flags & _GENERATOR)


def _hint(error: PyboardException, f: Callable[..., Any]) -> None:
    """Says of a name that the board does not know that it is one of the host."""
    if error.kind != "NameError":
        return
    for name in f.__code__.co_freevars:
        if f"'{name}'" in error.message:
            text = f"{name} is a variable of the function around {f.__name__} on the host; "
            error.args = (f"{error.args[0]}{text}pass its value as an argument\n",)


class Executer:
    """A decorator of one device: what is decorated with it runs on the board."""

    _belay_device: Device
    _belay_executers: list[Callable[..., Any]]

    def __init__(self, device: Device) -> None:
        object.__setattr__(self, "_belay_device", device)
        object.__setattr__(self, "_belay_executers", [])

    def __setattr__(self, name: str, value: Any) -> None:
        _check_name(name)
        super().__setattr__(name, value)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Callable[..., Any]: ...

    def _belay_add(self, f: Callable[..., Any], executer: Callable[..., Any], register: bool) -> None:
        if register:
            setattr(self, f.__name__, executer)
        self._belay_executers.append(executer)


class _GlobalExecuter(Executer):
    """A decorator for functions whose bodies run in the board's global name space."""

    def __call__(
        self,
        f: Any = None,
        *,
        minify: bool = True,
        register: bool = True,
        record: bool = True,
        ignore_errors: bool = False,
    ) -> Any:
        if f is None:
            return lambda f: self(
                f, minify=minify, register=register, record=record, ignore_errors=ignore_errors
            )
        import inspect

        if _is_generator(f):
            raise ValueError(f"{f.__name__} is a generator function; only tasks can be generators")
        _check_name(f.__name__)
        body, line, file = getsource(f, strip_signature=True)
        signature = inspect.signature(f)
        device = self._belay_device

        @wraps(f)
        def executer(*args: Any, **kwargs: Any) -> None:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            assignments = "".join(
                f"{name}={literal(value, f'the argument {name!r}')}\n"
                for name, value in bound.arguments.items()
            )
            try:
                device._belay_session.setup(file, line, body, assignments, sys.stdout, record)
            except PyboardException as error:
                if not ignore_errors:
                    _hint(error, f)
                    raise
            except Exception:
                if not ignore_errors:
                    raise

        self._belay_add(f, executer, register)
        return executer


class SetupExecuter(_GlobalExecuter):
    """``device.setup``"""


class TeardownExecuter(_GlobalExecuter):
    """``device.teardown``"""


class TaskExecuter(Executer):
    """``device.task``"""

    def __call__(
        self,
        f: Any = None,
        *,
        minify: bool = True,
        register: bool = True,
        record: bool = False,
        trusted: bool = False,
        return_time: bool = False,
    ) -> Any:
        if f is None:
            return lambda f: self(
                f,
                minify=minify,
                register=register,
                record=record,
                trusted=trusted,
                return_time=return_time,
            )
        name = f.__name__
        if register:
            _check_name(name)
        source, line, file = getsource(f)
        device = self._belay_device
        session = device._belay_session
        session.define(file, line, source)
        parameters = _parameters(f)

        if return_time:

            @wraps(f)
            def function(*args: Any, **kwargs: Any) -> Any:
                code = Session.invocation(name, args, kwargs, parameters)
                return device._belay_timed(code, sys.stdout, trusted, record)

        else:

            @wraps(f)
            def function(*args: Any, **kwargs: Any) -> Any:
                try:
                    return session.call(
                        name, args, kwargs, parameters, sys.stdout, trusted, record
                    )
                except PyboardException as error:
                    _hint(error, f)
                    raise

        @wraps(f)
        def generator(*args: Any, **kwargs: Any) -> Any:
            if record:
                raise NotImplementedError("a task that is a generator cannot be recorded")
            code = Session.invocation(name, args, kwargs, parameters)
            return _steps(device, session.generate(code), return_time)

        executer = generator if _is_generator(f) else function
        self._belay_add(f, executer, register)
        return executer


def _steps(device: Device, generator: Any, return_time: bool) -> Any:
    """Draws the values of a generator on the board, one in each step."""
    session = device._belay_session
    sent = "None"
    while True:
        if return_time:
            step = device._belay_timed_step(generator, sent)
        else:
            step = session.step(generator, sent, sys.stdout)
        if step is None:
            return
        value = yield step[0]
        sent = "None" if value is None else literal(value, "the value that is sent")


class ThreadExecuter(Executer):
    """``device.thread``"""

    def __call__(
        self,
        f: Any = None,
        *,
        minify: bool = True,
        register: bool = True,
        record: bool = True,
    ) -> Any:
        if f is None:
            return lambda f: self(f, minify=minify, register=register, record=record)
        device = self._belay_device
        if device.implementation.name == "circuitpython":
            raise FeatureUnavailableError("CircuitPython has no threads")
        name = f.__name__
        if register:
            _check_name(name)
        source, line, file = getsource(f)
        device._belay_session.define(file, line, source)

        @wraps(f)
        def executer(*args: Any, **kwargs: Any) -> None:
            code = f"import _thread\n_thread.start_new_thread({name},{literal(args, 'an argument')}"
            if kwargs:
                code += f",{literal(kwargs, 'an argument')}"
            device._belay_session.exec(code + ")", sys.stdout, record)

        self._belay_add(f, executer, register)
        return executer


EXECUTERS: dict[str, type[Executer]] = {
    "setup": SetupExecuter,
    "task": TaskExecuter,
    "teardown": TeardownExecuter,
    "thread": ThreadExecuter,
}


class Marker:
    """``Device.task`` marks a method; ``device.task`` is the decorator of a device."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self.__name__ = kind
        self.__doc__ = EXECUTERS[kind].__doc__

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        return instance.__dict__["_belay_" + self._kind]

    def __call__(
        self,
        f: Any = None,
        *,
        implementation: str = "",
        autoinit: bool = False,
        **kwargs: Any,
    ) -> Any:
        if f is None:
            return lambda f: self(f, implementation=implementation, autoinit=autoinit, **kwargs)
        if isinstance(f, staticmethod):
            # What checkers of types want to see where a method has no self.
            f = f.__func__
        if autoinit and self._kind != "setup":
            raise TypeError(f"autoinit is for setup, not for {self._kind}")
        if (autoinit or self._kind == "teardown") and _has_parameters(f):
            why = "autoinit" if autoinit else "teardown"
            raise ValueError(f"{f.__name__} has parameters, and {why} has no arguments for them")
        f.__belay__ = MethodMetadata(EXECUTERS[self._kind], kwargs, autoinit, implementation)
        return f


def _has_parameters(f: Callable[..., Any]) -> bool:
    code = f.__code__
    return bool(code.co_argcount or code.co_kwonlyargcount or code.co_flags & 0x0C)
