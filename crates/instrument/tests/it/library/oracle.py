"""Compares rewritten files of the standard library with what CPython makes of the originals.

Prints each file as a line of JSON, {"path": ..., "source": ...}; reads {"text": ..., "lines": ...},
and at the end prints {"compared": N, "lines": N, "failures": [...], "different": [...]}: files that
CPython does not compile when rewritten, and lines that only one side counts.

Arguments: which share of the files to take, and of how many.
"""

import ast
import io
import json
import pathlib
import sys
import sysconfig
import tokenize
import warnings

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def codes(code):
    yield code
    for constant in code.co_consts:
        if hasattr(constant, "co_code"):
            yield from codes(constant)


def first_lines(source):
    """The first line of the statements on each line."""
    first, found = None, {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NEWLINE:
            if first is not None:
                found.update((line, first) for line in range(first, token.end[0] + 1))
            first = None
        elif first is None and token.type != tokenize.COMMENT and token.string.strip():
            first = token.start[0]
    return found


def executable(source):
    """The lines that coverage counts: those with code, each statement's at its first."""
    first = first_lines(source)
    lines = set()
    for code in codes(compile(source, "<source>", "exec", dont_inherit=True)):
        lines.update(line for _, _, line in code.co_lines() if line)
    documentation = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Module, ast.ClassDef, *FUNCTIONS)) and ast.get_docstring(node, False) is not None:
            documentation.update(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return {first.get(line, line) for line in lines - documentation} - documentation


def main():
    warnings.simplefilter("ignore")
    share, shares = map(int, sys.argv[1:])
    root = pathlib.Path(sysconfig.get_path("stdlib"))
    paths = sorted(path for path in root.rglob("*.py") if not {"site-packages", "test", "tests"} & set(path.parts))
    result = {"compared": 0, "lines": 0, "failures": [], "different": []}
    for path in paths[share::shares]:
        try:
            with tokenize.open(path) as file:
                source = file.read()
            expected = executable(source)
        except (SyntaxError, UnicodeDecodeError, ValueError):
            continue
        print(json.dumps({"source": source}), flush=True)
        answer = json.loads(sys.stdin.readline())
        result["compared"] += 1
        result["lines"] += len(expected)
        try:
            compile(answer["text"], str(path), "exec", dont_inherit=True)
        except (SyntaxError, KeyError) as error:
            result["failures"].append(f"{path}: {error} {answer.get('error')}")
            continue
        for line in sorted(expected ^ set(answer["lines"])):
            result["different"].append(f"{path}:{line}: {source.splitlines()[line - 1].strip()}")
    print(json.dumps(result), flush=True)


main()
