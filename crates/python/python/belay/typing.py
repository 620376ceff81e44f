"""Types of what goes to boards and comes from them."""

from collections.abc import Generator
from pathlib import Path
from typing import Any, Callable, Union

PythonLiteral = Union[None, bool, bytes, int, float, str, list[Any], dict[Any, Any], set[Any], tuple[Any, ...]]
BelayGenerator = Generator[PythonLiteral, Any, None]
BelayReturn = Union[BelayGenerator, PythonLiteral]
BelayCallable = Callable[..., BelayReturn]

PathType = Union[str, Path]
