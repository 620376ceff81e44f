"""Answers each line of JSON, a source and a rewritten text, with what is wrong about that, or null.

Nothing is wrong with what becomes of a source that CPython itself cannot compile.
"""

import ast
import json
import sys
import warnings

# Deep trees have taken the interpreter down.
sys.setrecursionlimit(1000)
warnings.simplefilter("ignore")
TROUBLE = (SyntaxError, ValueError, RecursionError, MemoryError)


def statements(source):
    """The lines of all statements."""
    return {node.lineno for node in ast.walk(ast.parse(source)) if isinstance(node, ast.stmt)}


def wrong(request):
    try:
        compile(request["source"], "<source>", "exec")
        before = statements(request["source"])
    except TROUBLE:
        return None
    try:
        compile(request["text"], "<text>", "exec")
        after = statements(request["text"])
    except (RecursionError, MemoryError):
        return None
    except TROUBLE as error:
        return f"{type(error).__name__}: {error}"
    if not before <= after:
        return f"lines {sorted(before - after)}"
    return None


for line in sys.stdin:
    print(json.dumps({"wrong": wrong(json.loads(line))}), flush=True)
