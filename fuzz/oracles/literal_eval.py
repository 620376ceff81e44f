"""Answers each line of JSON, a text, with what ast.literal_eval makes of it."""

import ast
import json
import sys
import warnings


def contains_set(value):
    if isinstance(value, (set, frozenset)):
        return len(value) > 1
    if isinstance(value, (list, tuple)):
        return any(map(contains_set, value))
    if isinstance(value, dict):
        return any(map(contains_set, value)) or any(map(contains_set, value.values()))
    return False


warnings.simplefilter("ignore")
for line in sys.stdin:
    try:
        value = ast.literal_eval(json.loads(line)["text"])
        answer = {"repr": repr(value), "contains_set": contains_set(value)}
    except Exception as error:
        answer = {"error": type(error).__name__, "message": str(error)}
    print(json.dumps(answer), flush=True)
