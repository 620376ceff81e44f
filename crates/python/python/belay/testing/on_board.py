"""Test functions that run on a board."""

from __future__ import annotations

import ast
import dis
import inspect
import linecache
import sys
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from .._native import dedent_source, literal
from ..pyboard import PyboardException

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .boards import Board

# What pytest and its assertions bring along, and boards have not.
_OF_THE_HOST = ("pytest", "_pytest", "belay", "typing", "__future__")


def run(board: Board, function: Callable[..., Any], arguments: dict[str, Any], folders: list[str]) -> None:
    """Runs a test function on a board, with what it uses of its module and of modules in ``folders``.

    An assertion that fails is an ``AssertionError`` here, whose traceback is that of the board.
    """
    __tracebackhide__ = True
    session = board.session
    wanted = "".join(f"import {name}\n" for name in sorted(_imports(function)))
    session.reports.mount(wanted, folders)
    _send_names(session, function, {function.__name__})
    _send(session, function)
    for name, value in arguments.items():
        # It is said here which one it is.
        literal(value, f"the argument {name!r}")
    parameters = list(inspect.signature(function).parameters)
    code = session.invocation(function.__name__, tuple(arguments.values()), {}, parameters)
    try:
        if inspect.iscoroutinefunction(function):
            session.exec(f"__import__('asyncio').run({code})", sys.stdout, False)
        else:
            session.eval(code, sys.stdout)
    except PyboardException as error:
        said = board.explain(error)
        raised = _as_here(error) if said is None else AssertionError(said)
        frames = [frame for frame in session.reports.here(error.frames) if not frame[0].startswith("<")]
        if not frames:
            raise error from None
        _raise_at(frames, raised)


def _as_here(error: PyboardException) -> Exception:
    """An exception of the board that is shown as if it were one of this interpreter."""
    fields = {"__module__": "builtins", "__str__": lambda self: self.message}
    raised: PyboardException = type(error.kind or "Exception", (PyboardException,), fields)(*error.args)
    raised.kind, raised.message, raised.frames = error.kind, error.message, error.frames
    return raised


def _send(session: Any, found: Any) -> None:
    """Sends a function or a class of a file."""
    lines, first = inspect.getsourcelines(found)
    file = inspect.getsourcefile(found) or "<unknown>"
    text = dedent_source("".join(lines))
    # What decorates it is for the host.
    rows = text.splitlines(keepends=True)
    while rows and not rows[0].startswith(("def ", "async def ", "class ")):
        del rows[0]
        first += 1
    session.setup(file, first, "".join(rows), "", None, False)


def _send_names(session: Any, function: Any, sent: set[str]) -> None:
    """Sends what a function uses of the module that it is in: imports, values, functions and classes."""
    names = function.__globals__ if isinstance(function, FunctionType) else vars(sys.modules[function.__module__])
    for name in _used(function):
        if name in sent or name not in names or not name.isidentifier() or name.startswith("__"):
            continue
        sent.add(name)
        value = names[name]
        if isinstance(value, ModuleType):
            if value.__name__.partition(".")[0] not in _OF_THE_HOST:
                code = f"try:\n import {value.__name__} as {name}\nexcept ImportError: pass"
                session.exec(code.replace(f" as {name}", "") if value.__name__ == name else code, None, False)
        elif isinstance(value, (FunctionType, type)):
            module = value.__module__
            if module == function.__module__:
                _send_names(session, value, sent)
                _send(session, value)
            elif module.partition(".")[0] not in _OF_THE_HOST and value.__module__ != "builtins":
                code = f"try:\n from {module} import {value.__name__} as {name}\nexcept ImportError: pass"
                session.exec(code, None, False)
        else:
            try:
                text = literal(value)
            except TypeError:
                # The board says which name it does not know.
                continue
            session.exec(f"{name}={text}", None, False)


def _imports(function: Any, seen: set[int] | None = None) -> set[str]:
    """The modules that a function and what it uses of its module import."""
    seen = set() if seen is None else seen
    if id(function) in seen:
        return set()
    seen.add(id(function))
    names = function.__globals__ if isinstance(function, FunctionType) else vars(sys.modules[function.__module__])
    found = set()
    for code in _codes(function):
        found |= {str(step.argval) for step in dis.get_instructions(code) if step.opname == "IMPORT_NAME"}
    for name in _used(function):
        value = names.get(name)
        if isinstance(value, ModuleType):
            found.add(value.__name__)
        elif isinstance(value, (FunctionType, type)):
            if value.__module__ == function.__module__:
                found |= _imports(value, seen)
            else:
                found.add(value.__module__)
    return {name for name in found if name.partition(".")[0] not in _OF_THE_HOST}


def _used(found: Any) -> Iterator[str]:
    """The names that a function or a class may take from its module."""
    if isinstance(found, type):
        yield from (base.__name__ for base in found.__bases__)
    for code in _codes(found):
        yield from code.co_names


def _codes(found: Any) -> Iterator[CodeType]:
    """The code of a function or of a class's methods, with what is defined inside."""
    if isinstance(found, type):
        codes = [member.__code__ for member in vars(found).values() if isinstance(member, FunctionType)]
    else:
        codes = [found.__code__]
    while codes:
        code = codes.pop()
        yield code
        codes += [constant for constant in code.co_consts if isinstance(constant, CodeType)]


def _raise_at(frames: list[tuple[str, int, str | None]], error: Exception) -> None:
    """Raises an exception as if the functions of the board had called each other here.

    So whoever shows tracebacks shows the lines of the files.
    """
    __tracebackhide__ = True

    call: Callable[[], object] | None = None
    for index, (file, line, name) in enumerate(reversed(frames)):
        name = name if name is not None and name.isidentifier() else "module"
        first = _first_line(file, line, name)
        step = "raise error" if index == 0 else "call()"
        text = "\n" * (first - 1) + f"def {name}():" + "\n" * (line - first) + f" {step}\n"
        space: dict[str, Any] = {"call": call, "error": error}
        tree = ast.parse(text, file)
        for node in ast.walk(tree):
            if isinstance(node, (ast.stmt, ast.expr)):
                # Of the columns of the real line nothing is known.
                node.col_offset = node.end_col_offset = -1
        exec(compile(tree, file, "exec"), space)
        call = space[name]
    error = error.with_traceback(None)
    error.__cause__, error.__suppress_context__ = None, True
    if call is not None:
        call()


def _first_line(file: str, line: int, name: str) -> int:
    """The line where the function begins that a line of a file is in."""
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except (SyntaxError, ValueError):
        return line
    first = line
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name:
            begin = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            if begin <= line <= (node.end_lineno or line):
                first = begin
    return first
