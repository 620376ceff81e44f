"""Small things that other modules share."""

from __future__ import annotations

import os
from functools import wraps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


def env_parse_bool(env_var: str, default_value: bool = False) -> bool:
    """Whether an environment variable says ``true`` or ``1``."""
    text = os.environ.get(env_var)
    if text is None:
        return default_value
    return text.lower() in ("true", "1")


def decorator(decorate: Callable[..., Any]) -> Callable[..., Any]:
    """Lets a method that decorates a function stand with options and without."""

    @wraps(decorate)
    def with_or_without(self: Any, f: Any = None, **options: Any) -> Any:
        if f is None:
            return lambda f: decorate(self, f, **options)
        return decorate(self, f, **options)

    return with_or_without


class SentinelMeta(type):
    """The type of sentinels: they are false, and show their names."""

    def __repr__(cls) -> str:
        return f"<{cls.__name__}>"

    def __bool__(cls) -> bool:
        return False


class Sentinel(metaclass=SentinelMeta):
    """A class that stands for a value; it has no instances."""

    def __new__(cls) -> Sentinel:
        raise ValueError(f"{cls.__name__} is used as it is and has no instances")
