"""Compares minified files of the standard library with what they were made from.

Prints each file as a line of JSON, {"path": ..., "source": ...}; reads {"lines": ..., "strip": ...},
the file minified in both ways; and at the end prints {"compared": N, "refused": [...],
"failures": [...]}. Refused are files that CPython itself cannot read or parse.

Arguments: which share of the files to take, and of how many.
"""

import ast
import gc
import json
import pathlib
import sys
import sysconfig
import tokenize
import warnings

COLUMNS = {"col_offset", "end_col_offset"}
LINES = {"lineno", "end_lineno"}
BLOCKS = {"body", "orelse", "finalbody", "handlers", "cases"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Different(Exception):
    pass


def check(condition, node, message):
    if not condition:
        line = getattr(node, "lineno", "?")
        raise Different(f"line {line}: {type(node).__name__}: {message}")


def is_zero(statement):
    value = getattr(statement, "value", None)
    return (
        isinstance(statement, ast.Expr)
        and isinstance(value, ast.Constant)
        and type(value.value) is int
        and value.value == 0
    )


def does_nothing(statement):
    if isinstance(statement, ast.Pass) or is_zero(statement):
        return True
    value = getattr(statement, "value", None)
    return (
        isinstance(statement, ast.Expr)
        and isinstance(value, ast.Constant)
        and isinstance(value.value, (str, bytes))
    )


def blocks(before, after, drops):
    """The statements of two blocks that have to be the same. `drops` tells what else may go."""
    kept = [s for s in before if not does_nothing(s) and not drops(s)]
    found = [s for s in after if not does_nothing(s)]
    needless = [s for s in after if does_nothing(s)]
    zeros = [s for s in before if is_zero(s)]
    if needless and not zeros:
        check(not kept and len(needless) == 1 and is_zero(needless[0]), needless[0], "needless")
        check(needless[0].lineno == before[0].lineno or drops(before[0]), needless[0], "moved")
    return kept, found


def compare(before, after):
    """Expects the same trees, with everything on the same lines."""
    stack = [(before, after)]
    while stack:
        left, right = stack.pop()
        check(left.__class__ is right.__class__, left, f"became {type(right).__name__}")
        others = right.__dict__
        for name, value in left.__dict__.items():
            if name in COLUMNS:
                continue
            other = others.get(name)
            kind = value.__class__
            if kind is list:
                if name in BLOCKS and value and isinstance(value[0], ast.stmt):
                    value, other = blocks(value, other, lambda statement: False)
                check(len(value) == len(other), left, f"{name} is of another length")
                for pair in zip(value, other):
                    if isinstance(pair[0], ast.AST):
                        stack.append(pair)
                    else:
                        check(pair[0] == pair[1], left, f"{name} is another")
            elif isinstance(value, ast.AST):
                stack.append((value, other))
            elif name in LINES:
                # A statement ends elsewhere when the last one in it is dropped.
                if name == "lineno" or isinstance(left, ast.expr):
                    check(value == other, left, f"{name} was {value}, is {other}")
            else:
                check(kind is other.__class__, left, f"{name} is of another type")
                check(value == other or repr(value) == repr(other), left, f"{name} is another")


def is_compiled(function):
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Attribute) and isinstance(decorator.value, ast.Name):
            kind = decorator.attr
            compiles = kind in ("native", "viper") or kind.startswith("asm_")
            if decorator.value.id == "micropython" and compiles:
                return True
    return False


class Stripped(ast.NodeTransformer):
    """Drops from a tree what the stronger level drops, save for what does nothing."""

    def __init__(self):
        self.scopes = [ast.Module]

    def generic_visit(self, node):
        # Annotations are in statements only, and there are far fewer of these than of expressions.
        for name in BLOCKS:
            block = getattr(node, name, None)
            if isinstance(block, list):
                block[:] = [self.visit(statement) for statement in block]
        return node

    def visit_FunctionDef(self, node):
        if is_compiled(node):
            return node
        node.returns = None
        arguments = node.args
        every = arguments.posonlyargs + arguments.args + arguments.kwonlyargs
        for argument in every + [arguments.vararg, arguments.kwarg]:
            if argument is not None:
                argument.annotation = None
        return self.scoped(node)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node):
        return self.scoped(node)

    def scoped(self, node):
        self.scopes.append(type(node))
        self.generic_visit(node)
        self.scopes.pop()
        return node

    def visit_AnnAssign(self, node):
        if node.value is not None:
            assign = ast.Assign(targets=[node.target], value=node.value, type_comment=None)
            return ast.copy_location(assign, node)
        if not node.simple:
            return node
        if self.scopes[-1] in FUNCTIONS:
            node.annotation = ast.copy_location(ast.Constant(0, kind=None), node)
            return node
        return ast.copy_location(ast.Pass(), node)


def compare_stripped(before, after):
    before = Stripped().visit(before)
    stack = [(before, after)]
    while stack:
        left, right = stack.pop()
        check(left.__class__ is right.__class__, left, f"became {type(right).__name__}")
        others = right.__dict__
        for name, value in left.__dict__.items():
            if name in COLUMNS or name in LINES:
                continue
            other = others.get(name)
            if value.__class__ is list:
                if name in BLOCKS and value and isinstance(value[0], ast.stmt):
                    value, other = blocks(value, other, lambda statement: True)
                    value = [s for s in left.__dict__[name] if not does_nothing(s)]
                check(len(value) == len(other), left, f"{name} is of another length")
                for pair in zip(value, other):
                    if isinstance(pair[0], ast.AST):
                        stack.append(pair)
                    else:
                        check(pair[0] == pair[1], left, f"{name} is another")
            elif isinstance(value, ast.AST):
                stack.append((value, other))
            else:
                check(value.__class__ is other.__class__, left, f"{name} is of another type")
                check(value == other or repr(value) == repr(other), left, f"{name} is another")


def main():
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(10_000)
    # A tree has no cycles, and looking for some takes a third of the time.
    gc.disable()
    share, shares = int(sys.argv[1]), int(sys.argv[2])
    library = pathlib.Path(sysconfig.get_paths()["stdlib"])
    files = [
        path
        for path in sorted(library.rglob("*.py"))
        if not {"site-packages", "dist-packages"} & set(path.parts)
    ]
    compared, refused, failures = 0, [], []
    for path in files[share::shares]:
        try:
            with tokenize.open(path) as file:
                source = file.read()
            # A surrogate from an escape is fine, one in the text itself is not UTF-8.
            source.encode()
            before = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            refused.append(f"{path}: {error}")
            continue
        # Python reads files with their line breaks translated; the minifier gets what is there.
        with open(path, newline="", encoding=tokenize.open(path).encoding) as file:
            source = file.read()
        print(json.dumps({"path": str(path), "source": source}), flush=True)
        answer = json.loads(sys.stdin.readline())
        try:
            check("error" not in answer, before, answer.get("error"))
            compare(before, ast.parse(answer["lines"]))
            compare_stripped(before, ast.parse(answer["strip"]))
            compared += 1
        except (Different, SyntaxError, ValueError) as error:
            failures.append(f"{path}: {error}")
    print(json.dumps({"compared": compared, "refused": refused, "failures": failures}))


if __name__ == "__main__":
    main()
