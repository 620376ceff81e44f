"""Answers each line of JSON, a text, with what ast.literal_eval makes of it."""

import ast
import json
import sys
import unicodedata
import warnings


def contains_set(value):
    if isinstance(value, (set, frozenset)):
        return len(value) > 1
    if isinstance(value, (list, tuple)):
        return any(map(contains_set, value))
    if isinstance(value, dict):
        return any(map(contains_set, value)) or any(map(contains_set, value.values()))
    return False


def answer(request):
    if "categories" in request:
        text = "".join(map(chr, request["categories"]))
        return {
            "printable": [c.isprintable() for c in text],
            "assigned": [unicodedata.category(c) != "Cn" for c in text],
        }
    if "floats" in request:
        return {"reprs": [repr(float(text)) for text in request["floats"]]}
    try:
        value = ast.literal_eval(request["text"])
        return {"repr": repr(value), "contains_set": contains_set(value)}
    except Exception as error:
        return {"error": type(error).__name__, "message": str(error)}


warnings.simplefilter("ignore")
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
