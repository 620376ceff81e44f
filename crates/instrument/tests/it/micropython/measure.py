"""Runs programs under CPython with coverage, each named by a line of standard input.

Answers each with a line of JSON: what it printed, or null if it did not end well; the lines that can run
and those that have run.
"""

import builtins
import contextlib
import io
import json
import os
import resource
import sys

import coverage


class Output(io.StringIO):
    """What is printed; some programs look at the stream below."""

    encoding = "utf-8"

    @property
    def buffer(self):
        raise AttributeError


def measure(path):
    with open(path, encoding="utf-8") as file:
        code = compile(file.read(), path, "exec", dont_inherit=True)
    measured = coverage.Coverage(data_file=None, config_file=False, include=[path])
    measured.clear_exclude()
    output = Output()
    folders, names = sys.path[:], dict(vars(builtins))
    sys.path.insert(0, os.path.dirname(path))
    printed = None
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(io.StringIO()):
        measured.start()
        try:
            exec(code, {"__name__": "__main__", "__file__": path})
            printed = output.getvalue()
        except BaseException:
            pass
        finally:
            measured.stop()
    # Some programs put others in the place of built-in functions.
    vars(builtins).update(names)
    sys.path[:] = folders
    _, lines, _, missing, _ = measured.analysis2(path)
    return printed, lines, sorted(set(lines) - set(missing))


# Some programs want all the memory there is.
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
answers = os.fdopen(os.dup(1), "w")
paths = sys.stdin.read().splitlines()
# Nobody answers a program that asks.
sys.stdin = io.StringIO()
for path in paths:
    try:
        answer = measure(path)
    except Exception as error:
        answer = None, [], [type(error).__name__]
    print(json.dumps(answer), file=answers, flush=True)
