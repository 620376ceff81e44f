"""Helpers that programs may have imported."""

import functools
import secrets
import string
from typing import Any, Callable


def wraps_partial(f: Callable[..., Any], *args: Any, **kwargs: Any) -> Callable[..., Any]:
    """A partial call of a function that looks like the function."""
    return functools.wraps(f)(functools.partial(f, *args, **kwargs))


def random_python_identifier(n: int = 16) -> str:
    """An underscore and ``n`` random letters and digits."""
    return "_" + "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(n))


def sanitize_package_name(name: str) -> str:
    """The Python identifier for the name of a package or of its file.

    Raises ``ValueError`` if there is none.
    """
    for suffix in (".py", ".mpy"):
        name = name.removesuffix(suffix)
    identifier = name.replace("-", "_")
    if not identifier.isidentifier():
        raise ValueError(f"{name!r} cannot be made a package's name")
    return identifier
