# Runs on the host: makes a package index, the same on every run.
#
# Arguments: how many packages, and how many of them each chain of dependencies has. Prints {"roots": the
# packages that nobody needs, "files": {path below the index: text}}. The layout is that of
# https://micropython.org/pi/v2.
import hashlib
import json
import sys

VERSION = "1.0.0"


def module(name):
    functions = (f"def step_{n}(value):\n    return value * {n} + {n + 1}\n" for n in range(20))
    return f'"""Package {name}."""\n\n' + "\n".join(functions)


packages, depth = map(int, sys.argv[1:])
if packages % depth:
    sys.exit("chains of this length do not make up so many packages")
roots, files, entries = [], {}, []
for number in range(packages):
    chain, place = divmod(number, depth)
    name = f"pack_{chain}_{place}"
    source = module(name)
    short = hashlib.sha256(source.encode()).hexdigest()[:8]
    files[f"/file/{short[:2]}/{short}"] = source
    needs = [[f"pack_{chain}_{place + 1}", "latest"]] if place + 1 < depth else []
    package = {"v": 1, "version": VERSION, "hashes": [[f"{name}.py", short]], "deps": needs}
    for version in "latest", VERSION:
        files[f"/package/py/{name}/{version}.json"] = json.dumps(package)
    entries.append({"name": name, "version": VERSION, "description": "", "versions": {"py": [VERSION]}})
    if place == 0:
        roots.append(name)
files["/index.json"] = json.dumps({"v": 2, "updated": 0, "packages": entries})
print(json.dumps({"roots": roots, "files": files}))
