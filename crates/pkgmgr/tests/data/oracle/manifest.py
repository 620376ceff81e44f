"""Runs manifests with functions that note how they are called, and prints the notes as JSON.

The arguments are the manifests; each is run with the options x=True.
"""

import json
import sys


class Options:
    def __init__(self, given):
        self.given = given
        self.fallback = {}

    def defaults(self, **fallback):
        self.fallback = fallback

    def __getattr__(self, name):
        return self.given.get(name, self.fallback.get(name))


def module(module_path, base_path="", opt=None):
    return {"module": module_path, "base": base_path}


def package(package_path, files=None, base_path="", opt=None):
    files = None if files is None else list(files)
    return {"package": package_path, "files": files, "base": base_path}


def require(name, version=None, pypi=None, library=None, **options):
    return {"require": name, "version": version, "library": library, "options": options}


def include(manifest_path, is_require=False, **options):
    paths = [manifest_path] if isinstance(manifest_path, str) else list(manifest_path)
    return {"include": paths, "options": options}


def add_library(library, library_path, prepend=False):
    return {"library": library, "path": library_path, "prepend": prepend}


def run(path):
    notes = {"metadata": {}, "steps": []}

    def noted(function):
        return lambda *args, **named: notes["steps"].append(function(*args, **named))

    names = {
        function.__name__: noted(function)
        for function in (module, package, require, include, add_library)
    }
    names["metadata"] = lambda **named: notes["metadata"].update(named)
    names["options"] = Options({"x": True})
    with open(path, newline="") as source:
        exec(compile(source.read(), path, "exec"), names)
    return notes


print(json.dumps([run(path) for path in sys.argv[1:]]))
