from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar, overload

from typing_extensions import ParamSpec

from .device import Device

_P = ParamSpec("_P")
_R = TypeVar("_R")
_E = TypeVar("_E")

class Executer:
    _belay_device: Device
    _belay_executers: list[Callable[..., Any]]
    def __init__(self, device: Device) -> None: ...
    def __getattr__(self, name: str) -> Callable[..., Any]: ...
    def __setattr__(self, name: str, value: Any) -> None: ...

class _GlobalExecuter(Executer):
    @overload
    def __call__(self, f: Callable[_P, Any]) -> Callable[_P, None]: ...
    @overload
    def __call__(
        self,
        f: None = None,
        *,
        minify: bool = True,
        register: bool = True,
        record: bool = True,
        ignore_errors: bool = False,
    ) -> Callable[[Callable[_P, Any]], Callable[_P, None]]: ...

class SetupExecuter(_GlobalExecuter): ...
class TeardownExecuter(_GlobalExecuter): ...

class TaskExecuter(Executer):
    @overload
    def __call__(self, f: Callable[_P, _R]) -> Callable[_P, _R]: ...
    @overload
    def __call__(
        self,
        f: None = None,
        *,
        return_time: Literal[True],
        minify: bool = True,
        register: bool = True,
        record: bool = False,
        trusted: bool = False,
    ) -> Callable[[Callable[_P, _R]], Callable[_P, tuple[_R, datetime]]]: ...
    @overload
    def __call__(
        self,
        f: None = None,
        *,
        minify: bool = True,
        register: bool = True,
        record: bool = False,
        trusted: bool = False,
        return_time: Literal[False] = False,
    ) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]: ...

class ThreadExecuter(Executer):
    @overload
    def __call__(self, f: Callable[_P, Any]) -> Callable[_P, None]: ...
    @overload
    def __call__(
        self,
        f: None = None,
        *,
        minify: bool = True,
        register: bool = True,
        record: bool = True,
    ) -> Callable[[Callable[_P, Any]], Callable[_P, None]]: ...

EXECUTERS: dict[str, type[Executer]]

class Marker(Generic[_E]):
    def __init__(self, kind: str) -> None: ...
    @overload
    def __get__(self, instance: None, owner: type | None = None) -> Marker[_E]: ...
    @overload
    def __get__(self, instance: Device, owner: type | None = None) -> _E: ...
    @overload
    def __call__(self, f: staticmethod[_P, _R]) -> staticmethod[_P, _R]: ...
    @overload
    def __call__(self, f: Callable[_P, _R]) -> staticmethod[_P, _R]: ...
    @overload
    def __call__(
        self,
        f: None = None,
        *,
        implementation: str = "",
        autoinit: bool = False,
        **kwargs: Any,
    ) -> Callable[[Callable[_P, _R] | staticmethod[_P, _R]], staticmethod[_P, _R]]: ...
