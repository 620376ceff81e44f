"""The source text of functions."""

from __future__ import annotations

from collections.abc import Sequence

from ._native import dedent_source, imported_names
from .exceptions import SourceNotFoundError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

# Parses, and makes no code: what only the compiler objects to is the board's affair.
_ONLY_AST = 0x400


def isexpression(code: str) -> bool:
    """Whether a text is one expression, and not statements or something else."""
    try:
        compile(code.strip(), "<stdin>", "eval", _ONLY_AST, True)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True


def import_names(import_statement: str) -> Sequence[str]:
    """The names that an import statement binds; none for anything else."""
    return imported_names(import_statement)


def getsource(f: Callable[..., Any], *, strip_signature: bool = False) -> tuple[str, int, str]:
    """The source text of a function without its decorators and its indentation.

    With ``strip_signature`` it is the function's body. Beside it come the number of the text's first
    line and the file's path.

    Raises ``SourceNotFoundError`` for a function whose source cannot be read, and for a lambda.
    """
    import ast
    import inspect

    name = getattr(f, "__name__", repr(f))
    if name == "<lambda>":
        raise SourceNotFoundError("a lambda has no source of its own; write it as a function with def")
    try:
        file = inspect.getsourcefile(f)
        lines, first = inspect.getsourcelines(f)
    except (OSError, TypeError) as error:
        raise SourceNotFoundError(
            f"the source of {name} cannot be read ({error}); functions for the board come from files"
        ) from error
    if file is None:
        raise SourceNotFoundError(f"the source of {name} is in no file")
    text = dedent_source("".join(lines))
    try:
        node = ast.parse(text).body[0]
    except (SyntaxError, IndexError) as error:
        raise SourceNotFoundError(f"the source of {name} cannot be read: {error}") from error
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        raise SourceNotFoundError(f"{name} is no function that is defined with def")
    rows = text.splitlines(keepends=True)
    begin = node.lineno
    if strip_signature:
        body = node.body[0]
        begin = body.lineno
        if begin == node.lineno or body.col_offset and ":" in rows[begin - 1][: body.col_offset].strip():
            # The body stands behind the header on the same line.
            encoded = rows[begin - 1].encode()
            rows[begin - 1] = encoded[body.col_offset :].decode()
    source = "".join(rows[begin - 1 : node.end_lineno])
    if strip_signature:
        source = dedent_source(source)
    if not source.endswith("\n"):
        source += "\n"
    return source, first + begin - 1, file
