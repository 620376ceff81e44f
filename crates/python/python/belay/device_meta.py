"""The class of device classes: methods for several kinds of firmware, and a registry of subclasses."""

from __future__ import annotations

from .exceptions import NoMatchingExecuterError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


class OverloadList(list):  # type: ignore[type-arg]
    """The variants of a marked method."""


class OverloadDict(dict):  # type: ignore[type-arg]
    """The name space of a class, in which a marked method may be defined several times."""

    def __setitem__(self, key: str, value: Any) -> None:
        metadata = getattr(value, "__belay__", None)
        known = self.get(key)
        if isinstance(known, OverloadList):
            if metadata is None:
                raise ValueError(f"{key} is a marked method and cannot be an ordinary one, too")
            if any(not variant.__belay__.implementation for variant in known):
                raise ValueError(f"a variant of {key} for all implementations comes last")
            known.append(value)
        elif metadata is None:
            super().__setitem__(key, value)
        elif key in self:
            raise ValueError(f"{key} is an ordinary method and cannot be a marked one, too")
        else:
            super().__setitem__(key, OverloadList([value]))


class ExecuterMethod:
    """A marked method: the variant for the firmware of the device."""

    def __init__(self, overload_list: OverloadList) -> None:
        self.overload_list = overload_list
        self.owner: type = object
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.owner = owner
        self.name = name

    def __repr__(self) -> str:
        return f"{type(self).__qualname__}({self.overload_list!r})"

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        for variant in self.overload_list:
            wanted = variant.__belay__.implementation
            if not wanted or wanted == instance.implementation.name:
                return variant
        inherited = getattr(super(self.owner, instance), self.name, None)
        if inherited is None:
            raise NoMatchingExecuterError(
                f"{self.name} has no variant for {instance.implementation.name}"
            )
        return inherited


class DeviceMeta(type):
    """The class of :class:`Device` and of the parts that devices are made of.

    A class knows its subclasses by their names, in any case: ``Device["lamp"]``.
    """

    __subclasses: dict[str, DeviceMeta]

    @classmethod
    def __prepare__(cls, name: str, bases: tuple[type, ...], /, **kwargs: Any) -> OverloadDict:
        return OverloadDict()

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **kwargs: Any) -> DeviceMeta:
        members = {
            key: ExecuterMethod(value) if isinstance(value, OverloadList) else value
            for key, value in namespace.items()
        }
        made = super().__new__(cls, name, bases, members, **kwargs)
        made.__subclasses = {}
        for base in made.__mro__[1:]:
            if isinstance(base, DeviceMeta):
                base.__subclasses[name.lower()] = made
        return made

    def mro(cls) -> list[type]:
        """The classes in which methods are looked for: ``Device`` last, so that parts come first."""
        order = super().mro()
        roots = [base for base in order[1:] if base.__dict__.get("_belay_root")]
        rest = [base for base in order if base not in roots]
        return [*rest[:-1], *roots, rest[-1]]

    def __getitem__(cls, name: str) -> Any:
        return cls.__subclasses[name.lower()]

    def __contains__(cls, name: object) -> bool:
        return isinstance(name, str) and name.lower() in cls.__subclasses

    def __iter__(cls) -> Iterator[str]:
        return iter(cls.__subclasses)

    def __len__(cls) -> int:
        return len(cls.__subclasses)

    def __bool__(cls) -> bool:
        return True

    def keys(cls) -> Any:
        """The names of the subclasses."""
        return cls.__subclasses.keys()

    def values(cls) -> Any:
        """The subclasses."""
        return cls.__subclasses.values()

    def items(cls) -> Any:
        """The names of the subclasses, each with its class."""
        return cls.__subclasses.items()

    def get(cls, name: str, default: Any = None) -> Any:
        """The subclass of that name."""
        return cls.__subclasses.get(name.lower(), default)
