"""The decorators that send functions to a board."""

from __future__ import annotations

import sys
from functools import wraps

from ._native import Session, literal
from .device_support import MethodMetadata
from .exceptions import FeatureUnavailableError, SpecialFunctionNameError
from .inspect import getsource
from .pyboard import PyboardException
from .utils import decorator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .device import Device

_GENERATOR = 0x20


def _is_reserved(name: str) -> bool:
    return name.startswith(("_belay", "__belay")) or (name.startswith("__") and name.endswith("__"))


def _check_name(name: str) -> None:
    if _is_reserved(name):
        raise SpecialFunctionNameError(f"the name {name} is kept for Python or for this package")


def _name(f: Any) -> str:
    """The name of a function that is to be decorated."""
    if not hasattr(f, "__code__"):
        raise TypeError(f"{f!r} is no function, and only functions go to the board")
    name: str = f.__name__
    return name


def _parameters(f: Callable[..., Any]) -> list[str]:
    """The names of the parameters that are given by position."""
    code = f.__code__
    return list(code.co_varnames[: code.co_argcount])


def _is_generator(f: Callable[..., Any]) -> bool:
    return bool(f.__code__.co_flags & _GENERATOR)


def _hint(error: Exception, f: Callable[..., Any]) -> None:
    """Says of a name that the board does not know that it is one of the host."""
    if not isinstance(error, PyboardException) or error.kind != "NameError":
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

    def _belay_define(self, f: Callable[..., Any], register: bool) -> str:
        """Sends a function to the board, and gives its name there."""
        name = _name(f)
        if register:
            _check_name(name)
        source, line, file = getsource(f)
        self._belay_device._belay_session.define(file, line, source)
        return name

    def _belay_add(self, f: Callable[..., Any], executer: Callable[..., Any], register: bool) -> Callable[..., Any]:
        if register:
            setattr(self, f.__name__, executer)
        self._belay_executers.append(executer)
        return executer


class _GlobalExecuter(Executer):
    """A decorator for functions whose bodies run in the board's global name space."""

    @decorator
    def __call__(
        self,
        f: Any = None,
        *,
        minify: bool = True,
        register: bool = True,
        record: bool = True,
        ignore_errors: bool = False,
    ) -> Any:
        import inspect

        name = _name(f)
        if _is_generator(f):
            raise ValueError(f"{name} is a generator function; only tasks can be generators")
        _check_name(name)
        body, line, file = getsource(f, strip_signature=True)
        signature = inspect.signature(f)
        session = self._belay_device._belay_session

        @wraps(f)
        def executer(*args: Any, **kwargs: Any) -> None:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            assignments = "".join(
                f"{name}={literal(value, f'the argument {name!r}')}\n"
                for name, value in bound.arguments.items()
            )
            try:
                session.setup(file, line, body, assignments, sys.stdout, record)
            except Exception as error:
                if not ignore_errors:
                    _hint(error, f)
                    raise

        return self._belay_add(f, executer, register)


class SetupExecuter(_GlobalExecuter):
    """``device.setup``"""


class TeardownExecuter(_GlobalExecuter):
    """``device.teardown``"""


class TaskExecuter(Executer):
    """``device.task``"""

    @decorator
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
        name = self._belay_define(f, register)
        device = self._belay_device
        session = device._belay_session
        parameters = _parameters(f)

        @wraps(f)
        def function(*args: Any, **kwargs: Any) -> Any:
            # To a reader of a test's report, the call is where it is made.
            __tracebackhide__ = True
            try:
                return session.call(name, args, kwargs, parameters, sys.stdout, trusted, record)
            except PyboardException as error:
                _hint(error, f)
                raise

        @wraps(f)
        def timed(*args: Any, **kwargs: Any) -> Any:
            code = Session.invocation(name, args, kwargs, parameters)
            try:
                return device._belay_timed(code, sys.stdout, trusted, record)
            except PyboardException as error:
                _hint(error, f)
                raise

        @wraps(f)
        def generator(*args: Any, **kwargs: Any) -> Any:
            if record:
                raise NotImplementedError("a task that is a generator cannot be recorded")
            code = Session.invocation(name, args, kwargs, parameters)
            return _steps(device, session.generate(code), return_time)

        if _is_generator(f):
            return self._belay_add(f, generator, register)
        return self._belay_add(f, timed if return_time else function, register)


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

    @decorator
    def __call__(
        self,
        f: Any = None,
        *,
        minify: bool = True,
        register: bool = True,
        record: bool = True,
    ) -> Any:
        device = self._belay_device
        if device.implementation.name == "circuitpython":
            raise FeatureUnavailableError("CircuitPython has no threads")
        name = self._belay_define(f, register)

        @wraps(f)
        def executer(*args: Any, **kwargs: Any) -> None:
            code = f"import _thread\n_thread.start_new_thread({name},{literal(args, 'an argument')}"
            if kwargs:
                code += f",{literal(kwargs, 'an argument')}"
            device._belay_session.exec(code + ")", sys.stdout, record)

        return self._belay_add(f, executer, register)


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

    @decorator
    def __call__(
        self,
        f: Any = None,
        *,
        implementation: str = "",
        autoinit: bool = False,
        **kwargs: Any,
    ) -> Any:
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
