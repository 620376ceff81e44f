"""Answers each line of JSON, a source and what it became, with what is wrong about that, or null, and
whether the source is a program.

Nothing is wrong with what becomes of a source that CPython itself cannot parse. A source without a
minified form is wrong if CPython can.
"""

import ast
import json
import pathlib
import sys
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "crates/minify/tests/it/library"))
import oracle

# Deep trees have taken the interpreter down that compares them.
sys.setrecursionlimit(1000)
warnings.simplefilter("ignore")


def parsed(source):
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def wrong(request):
    before = parsed(request["source"])
    if before is None:
        return None
    if "lines" not in request:
        return "refused"
    try:
        oracle.compare(before, ast.parse(request["lines"]))
        oracle.compare_stripped(before, ast.parse(request["strip"]))
    except (oracle.Different, SyntaxError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return None


for line in sys.stdin:
    request = json.loads(line)
    answer = {"wrong": wrong(request), "program": parsed(request["source"]) is not None}
    print(json.dumps(answer), flush=True)
