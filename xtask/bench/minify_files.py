# Runs on the host: the original Belay's minifier over the standard library.
#
# list LIST: writes the paths of the library's files, without its tests, to the file LIST.
# original LIST: minifies all of them once, and prints {"smaller": bytes, "time": nanoseconds,
#     "broken": paths}, where a file is broken that cannot be minified, or is another program afterwards.
# broken LIST FOLDER: prints {"broken": paths}, where a file is broken whose counterpart in FOLDER,
#     0.py for the first and so on, is another program.
import ast
import json
import pathlib
import sys
import sysconfig
import time
import tokenize
import warnings

APART = {"site-packages", "dist-packages", "test", "tests", "idle_test"}

warnings.simplefilter("ignore")


def is_idle(statement):
    # Docstrings and `pass`, and what stands for them where a block has nothing else.
    value = getattr(statement, "value", None)
    idle = isinstance(statement, ast.Expr) and isinstance(value, ast.Constant)
    return isinstance(statement, ast.Pass) or idle and (value.value == 0 or isinstance(value.value, (str, bytes)))


def program(text):
    """What the text does: its syntax tree, without what does nothing."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                block[:] = [statement for statement in block if not is_idle(statement)]
    return ast.dump(tree)


def is_same(source, result):
    try:
        # Some mistakes show only behind the parser.
        compile(result, "minified", "exec", dont_inherit=True)
        return program(result) == program(source)
    except (SyntaxError, ValueError, TypeError):
        return False


def read(path):
    return pathlib.Path(path).read_text(encoding="utf-8")


def write_list(path):
    library = pathlib.Path(sysconfig.get_paths()["stdlib"])
    files = []
    for file in sorted(library.rglob("*.py")):
        if APART & set(file.relative_to(library).parts):
            continue
        try:
            with open(file, "rb") as lines:
                encoding, _ = tokenize.detect_encoding(lines.readline)
            if encoding.startswith("utf-8"):
                compile(read(file), str(file), "exec", dont_inherit=True)
                files.append(str(file))
        except (SyntaxError, ValueError):
            continue
    pathlib.Path(path).write_text("\n".join(files) + "\n")


def original(paths):
    from belay._minify import minify

    sources = [read(path) for path in paths]
    results = []
    start = time.perf_counter_ns()
    for source in sources:
        try:
            results.append(minify(source))
        except Exception:
            results.append(None)
    elapsed = time.perf_counter_ns() - start
    broken = [
        path
        for path, source, result in zip(paths, sources, results)
        if result is None or not is_same(source, result)
    ]
    smaller = sum(len(result.encode()) for result in results if result is not None)
    print(json.dumps({"smaller": smaller, "time": elapsed, "broken": broken}))


def broken(paths, folder):
    results = (read(pathlib.Path(folder, f"{number}.py")) for number in range(len(paths)))
    found = [path for path, result in zip(paths, results) if not is_same(read(path), result)]
    print(json.dumps({"broken": found}))


def main():
    command, path = sys.argv[1:3]
    if command == "list":
        write_list(path)
        return
    paths = read(path).splitlines()
    if command == "original":
        original(paths)
    else:
        broken(paths, sys.argv[3])


main()
