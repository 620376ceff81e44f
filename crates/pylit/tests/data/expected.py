"""Writes expected.jsonl: the value of each expression in reprs.jsonl, as CPython sees it.

Run it in this folder. Values are JSON lists that start with the name of the type; expressions
whose repr is no literal have no value.
"""

import array
import collections
import json

NOT_LITERALS = (
    type,
    type(NotImplemented),
    memoryview,
    slice,
    BaseException,
    type(len),
    type(lambda: 0),
    type(i for i in []),
    type(iter([])),
    collections.deque,
)

P = collections.namedtuple("P", ["x", "y"])


class C:
    pass


names = {
    "C": C,
    "obj": C(),
    "fn": lambda: 0,
    "point": P(1, 2.5),
    "od": collections.OrderedDict([("b", 1), ("a", 2)]),
    "dq": collections.deque([1, 2], 5),
    "arr": array.array("H", [1, 2, 65535]),
    "arf": array.array("f", [1.5]),
}


def items(values):
    return [describe(value) for value in values]


def describe(value):
    name = type(value).__name__
    if value is None or value is ...:
        return [repr(value)]
    if isinstance(value, P):
        return ["namedtuple", name, [[field, describe(getattr(value, field))] for field in value._fields]]
    if isinstance(value, (bool, str)):
        return [name, value]
    if isinstance(value, (int, float)):
        return [name, str(value)]
    if isinstance(value, complex):
        return [name, str(value.real), str(value.imag)]
    if isinstance(value, (bytes, bytearray)):
        return [name, list(value)]
    if isinstance(value, (tuple, list, set, frozenset)) or name in ("dict_keys", "dict_values"):
        return [name, items(value)]
    if isinstance(value, dict):
        return [name, [items(pair) for pair in value.items()]]
    if name == "dict_items":
        return [name, [items(pair) for pair in value]]
    if isinstance(value, range):
        return [name, value.start, value.stop, value.step]
    if isinstance(value, array.array):
        return [name, value.typecode, items(value)]
    raise TypeError(name)


with open("reprs.jsonl") as rows, open("expected.jsonl", "w") as out:
    for row in rows:
        expr = json.loads(row)["expr"]
        value = eval(expr, dict(names))
        answer = {"expr": expr}
        if not isinstance(value, NOT_LITERALS) and type(value) is not C:
            answer["value"] = describe(value)
        out.write(json.dumps(answer) + "\n")
