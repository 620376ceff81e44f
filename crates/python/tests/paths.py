"""The public paths of the original: `list` tells them, and `missing` which of those on its input are not here."""

import ast
import importlib
import json
import pathlib
import sys


def public(name):
    return not name.startswith("_")


def bound(body):
    """The public names that statements bind, each with the statement."""
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names = [node.name]
        elif isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names = [node.target.id]
        else:
            continue
        yield from ((name, node) for name in names if public(name))


def paths(folder):
    for file in sorted(folder.rglob("*.py")):
        parts = file.relative_to(folder.parent).with_suffix("").parts
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        # Code for boards and templates of projects are data.
        if not all(map(public, parts)) or {"snippets", "new_template"} & {*parts} or "nativemodule" in str(file):
            continue
        module = ".".join(parts)
        yield module
        tree = ast.parse(file.read_text())
        for name, node in bound(tree.body):
            yield f"{module}:{name}"
            if isinstance(node, ast.ClassDef):
                for member, _ in bound(node.body):
                    yield f"{module}:{name}.{member}"
        for node in tree.body:
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
                yield from (f"{module}:{name}" for name in ast.literal_eval(node.value))
        if file.name == "__init__.py" and module != "belay":
            # What a package shows.
            for node in tree.body:
                if isinstance(node, ast.ImportFrom):
                    yield from (f"{module}:{alias.asname or alias.name}" for alias in node.names)


def is_here(path):
    module, _, name = path.partition(":")
    try:
        found = importlib.import_module(module)
        for part in filter(None, name.split(".")):
            found = getattr(found, part)
    except (ImportError, AttributeError):
        return False
    return True


if sys.argv[1] == "list":
    import belay

    print(json.dumps(sorted(set(paths(pathlib.Path(belay.__file__).parent)))))
else:
    print(json.dumps([path for path in json.load(sys.stdin) if not is_here(path)]))
