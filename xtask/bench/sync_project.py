# Runs on the host: makes the project that is synchronised, the same on every run with one Python.
#
# project FOLDER: 60 files of the standard library below app/, and data.bin. Prints {"sources": paths of
#     the Python files, "changed": the one of the middle size}.
# floor FOLDER MINIFIED: prints {"files", "bytes": of the project, "minified": the same with the Python
#     files in MINIFIED, "floor": the least that has to be sent of these}. What deflate does not make
#     smaller is sent as it is.
# digests FOLDER MINIFIED: prints {path: [SHA-256 of the file, and of the one in MINIFIED if it is there]}.
import hashlib
import json
import pathlib
import random
import sys
import sysconfig
import zlib

FILES = 60
# Of the Python files together, at most; and of the random data.
SOURCES, RANDOM = 340_000, 40_960
APART = {"site-packages", "dist-packages", "test", "tests", "idle_test"}


def library():
    # The modules and those of packages that are no deeper, from the smallest to the largest. All
    # of them compile and are UTF-8 with plain line ends, which every minifier takes.
    root = pathlib.Path(sysconfig.get_paths()["stdlib"])
    found = []
    for file in sorted(root.rglob("*.py")):
        relative = file.relative_to(root)
        if APART & set(relative.parts) or len(relative.parts) > 2:
            continue
        content = file.read_bytes()
        try:
            compile(content.decode(), str(file), "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            continue
        if content and b"\r" not in content:
            found.append((len(content), relative.as_posix(), content))
    return sorted(found)


def chosen(found):
    # As many files as the project has, evenly spread over the sizes up to the largest with which
    # they are not too much together.
    for largest in range(len(found), FILES, -1):
        files = [found[n * (largest - 1) // (FILES - 1)] for n in range(FILES)]
        if sum(size for size, _, _ in files) <= SOURCES:
            return files
    raise SystemExit("the standard library has too few small files")


def project(folder):
    files = chosen(library())
    names = ["app/" + name for _, name, _ in files]
    for name, (_, _, content) in zip(names, files):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder / "data.bin").write_bytes(random.Random(1).randbytes(RANDOM))
    print(json.dumps({"sources": names, "changed": names[FILES // 2]}))


def deflated(content):
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    return min(len(content), len(compressor.compress(content) + compressor.flush()))


def floor(folder, minified):
    sources = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    results = [
        (minified / path.relative_to(folder) if path.suffix == ".py" else path).read_bytes()
        for path in sources
    ]
    print(
        json.dumps(
            {
                "files": len(sources),
                "bytes": sum(path.stat().st_size for path in sources),
                "minified": sum(map(len, results)),
                "floor": sum(map(deflated, results)),
            }
        )
    )


def digests(folder, minified):
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            forms = [path, minified / name]
            found["/" + name] = [
                hashlib.sha256(form.read_bytes()).hexdigest() for form in forms if form.is_file()
            ]
    print(json.dumps(found))


def main():
    command, *folders = sys.argv[1:]
    {"project": project, "floor": floor, "digests": digests}[command](*map(pathlib.Path, folders))


main()
