"""Objects that stay on the board."""

from __future__ import annotations

import sys

from ._native import literal
from .pyboard import PyboardException

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .device import Device

# What Python itself asks of an object and what is answered here.
_LOCAL = frozenset(("__class__", "__dict__", "__doc__", "__module__", "__reduce__", "__reduce_ex__"))

_PROMOTED = {
    kind.__name__: kind
    for kind in (
        AttributeError,
        IndexError,
        KeyError,
        OverflowError,
        TypeError,
        ValueError,
        ZeroDivisionError,
    )
}


def _is_magic(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def get_proxy_object_target_name(proxy_object: ProxyObject) -> str:
    """What code on the board calls the object."""
    name: str = object.__getattribute__(proxy_object, "_belay_target_name")
    return name


def _promoted(error: PyboardException) -> BaseException:
    """The exception of Python that one on the board stands for."""
    kind = _PROMOTED.get(error.kind)
    if kind is None:
        return error
    promoted = kind(error.message)
    promoted.__cause__ = error
    return promoted


def _value(proxy: ProxyObject, expression: str) -> Any:
    """The value of an expression."""
    session = object.__getattribute__(proxy, "_belay_device")._belay_session
    try:
        return session.eval(expression, sys.stdout)
    except PyboardException as error:
        raise _promoted(error)


def _object(proxy: ProxyObject, expression: str) -> Any:
    """The value of an expression if it never changes, and otherwise a proxy."""
    device = object.__getattribute__(proxy, "_belay_device")
    try:
        return device._belay_object(expression, True, sys.stdout)
    except PyboardException as error:
        raise _promoted(error)


def _statement(proxy: ProxyObject, code: str) -> None:
    device = object.__getattribute__(proxy, "_belay_device")
    try:
        device._belay_session.exec(code, sys.stdout, device.attempts != 0)
    except PyboardException as error:
        raise _promoted(error)


def _key(key: Any) -> str:
    """A key as it stands between brackets."""
    if isinstance(key, slice):
        parts = [key.start, key.stop] if key.step is None else [key.start, key.stop, key.step]
        return ":".join("" if part is None else literal(part, "a bound") for part in parts)
    return literal(key, "the key")


def _comparison(operator: str) -> Any:
    def compare(self: ProxyObject, other: Any) -> Any:
        return _value(self, f"{get_proxy_object_target_name(self)}{operator}{literal(other)}")

    return compare


def _binary(operator: str) -> Any:
    def forward(self: ProxyObject, other: Any) -> Any:
        return _object(self, f"{get_proxy_object_target_name(self)}{operator}({literal(other)})")

    def reflected(self: ProxyObject, other: Any) -> Any:
        return _object(self, f"({literal(other)}){operator}{get_proxy_object_target_name(self)}")

    return forward, reflected


def _unary(operator: str) -> Any:
    def operate(self: ProxyObject) -> Any:
        return _object(self, f"{operator}{get_proxy_object_target_name(self)}")

    return operate


class ProxyObject:
    """An object on the board that is used as if it were here.

    Values that never change (numbers, texts, bytes, ``None``) come as they are; everything else stays on
    the board and comes as another proxy.
    """

    def __init__(self, device: Device, name: str, delete: bool = True, _handle: Any = None) -> None:
        object.__setattr__(self, "_belay_device", device)
        object.__setattr__(self, "_belay_target_name", name)
        object.__setattr__(self, "_belay_delete", delete)
        object.__setattr__(self, "_belay_handle", _handle)

    def __getattribute__(self, name: str) -> Any:
        if name in _LOCAL:
            return object.__getattribute__(self, name)
        if not _is_magic(name):
            try:
                return object.__getattribute__(self, name)
            except AttributeError:
                pass
        return _object(self, f"{get_proxy_object_target_name(self)}.{name}")

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_belay_"):
            object.__setattr__(self, name, value)
            return
        target = get_proxy_object_target_name(self)
        _statement(self, f"{target}.{name}={literal(value, f'the value of {name!r}')}")

    def __delattr__(self, name: str) -> None:
        _statement(self, f"del {get_proxy_object_target_name(self)}.{name}")

    def __del__(self) -> None:
        handle = object.__getattribute__(self, "_belay_handle")
        if handle is None and object.__getattribute__(self, "_belay_delete"):
            # At any time and in any thread, so the board is told with the next call.
            device = object.__getattribute__(self, "_belay_device")
            device._belay_session.forget(get_proxy_object_target_name(self))

    def __getitem__(self, key: Any) -> Any:
        return _object(self, f"{get_proxy_object_target_name(self)}[{_key(key)}]")

    def __setitem__(self, key: Any, value: Any) -> None:
        target = get_proxy_object_target_name(self)
        _statement(self, f"{target}[{_key(key)}]={literal(value)}")

    def __delitem__(self, key: Any) -> None:
        _statement(self, f"del {get_proxy_object_target_name(self)}[{_key(key)}]")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        from ._native import Session

        return _object(self, Session.invocation(get_proxy_object_target_name(self), args, kwargs, []))

    def __len__(self) -> int:
        length: int = _value(self, f"len({get_proxy_object_target_name(self)})")
        return length

    def __bool__(self) -> bool:
        truth: bool = _value(self, f"bool({get_proxy_object_target_name(self)})")
        return truth

    def __str__(self) -> str:
        text: str = _value(self, f"str({get_proxy_object_target_name(self)})")
        return text

    def __repr__(self) -> str:
        text = _value(self, f"repr({get_proxy_object_target_name(self)})")
        return f"<ProxyObject {text}>"

    def __hash__(self) -> int:
        digest: int = _value(self, f"hash({get_proxy_object_target_name(self)})")
        return digest

    def __int__(self) -> int:
        number: int = _value(self, f"int({get_proxy_object_target_name(self)})")
        return number

    def __float__(self) -> float:
        number: float = _value(self, f"float({get_proxy_object_target_name(self)})")
        return number

    def __bytes__(self) -> bytes:
        data: bytes = _value(self, f"bytes({get_proxy_object_target_name(self)})")
        return data

    def __abs__(self) -> Any:
        return _object(self, f"abs({get_proxy_object_target_name(self)})")

    def __iter__(self) -> Iterator[Any]:
        return iter(_value(self, f"list({get_proxy_object_target_name(self)})"))

    def __contains__(self, item: Any) -> bool:
        found: bool = _value(self, f"{literal(item)} in {get_proxy_object_target_name(self)}")
        return found

    def __enter__(self) -> Any:
        return _object(self, f"{get_proxy_object_target_name(self)}.__enter__()")

    def __exit__(self, *_exception: object) -> None:
        _value(self, f"{get_proxy_object_target_name(self)}.__exit__(None,None,None)")

    __eq__ = _comparison("==")
    __ne__ = _comparison("!=")
    __lt__ = _comparison("<")
    __le__ = _comparison("<=")
    __gt__ = _comparison(">")
    __ge__ = _comparison(">=")
    __add__, __radd__ = _binary("+")
    __sub__, __rsub__ = _binary("-")
    __mul__, __rmul__ = _binary("*")
    __truediv__, __rtruediv__ = _binary("/")
    __floordiv__, __rfloordiv__ = _binary("//")
    __mod__, __rmod__ = _binary("%")
    __pow__, __rpow__ = _binary("**")
    __matmul__, __rmatmul__ = _binary("@")
    __lshift__, __rlshift__ = _binary("<<")
    __rshift__, __rrshift__ = _binary(">>")
    __and__, __rand__ = _binary("&")
    __or__, __ror__ = _binary("|")
    __xor__, __rxor__ = _binary("^")
    __neg__ = _unary("-")
    __pos__ = _unary("+")
    __invert__ = _unary("~")
