"""Runs manifests with functions that note how they are called, and prints the notes as JSON.

The arguments are the manifests.
"""

import json
import sys


class Options:
    def defaults(self, **fallback):
        pass


def metadata(version=None, **more):
    return {"version": version}


def module(module_path, base_path="", opt=None):
    return {"module": module_path, "base": base_path}


def package(package_path, files=None, base_path="", opt=None):
    files = None if files is None else list(files)
    return {"package": package_path, "files": files, "base": base_path}


def require(name, version=None, pypi=None, library=None, **options):
    return {"require": name, "version": version, "library": library}


def include(manifest_path, is_require=False, **options):
    paths = [manifest_path] if isinstance(manifest_path, str) else list(manifest_path)
    return {"include": paths}


def add_library(library, library_path, prepend=False):
    return {"library": library, "path": library_path, "prepend": prepend}


def run(path):
    notes = []

    def noted(function):
        return lambda *args, **named: notes.append(function(*args, **named))

    functions = (metadata, module, package, require, include, add_library)
    names = {function.__name__: noted(function) for function in functions}
    names["options"] = Options()
    with open(path, newline="") as source:
        exec(compile(source.read(), path, "exec"), names)
    return notes


print(json.dumps([run(path) for path in sys.argv[1:]]))
