"""Uses of Belay's API, run one after the other on a board, with an account of each.

The same program runs under any implementation of the API. It prints a line of JSON for each use: its
name, what it gave, what it printed, and the type of the exception that ended it.

    python judge PORT [PREFIX ...]
"""

import atexit
import io
import json
import re
import sys


class Printed(io.TextIOBase):
    """Stands for the standard output, whoever has taken hold of it, and keeps what a use prints."""

    def __init__(self):
        self.kept = []

    def write(self, text):
        self.kept.append(text)
        return len(text)

    def take(self):
        text = "".join(self.kept).replace("\r\n", "\n")
        self.kept.clear()
        return re.sub(r"0x[0-9a-f]+", "0x", text)


# Before the first import, which may keep the standard output of its time.
REPORT = sys.stdout
PRINTED = sys.stdout = Printed()

import belay

import calls
import classes
import decorators
import files
import names
import proxies
import sessions
import times

MODULES = (names, calls, decorators, proxies, times, files, classes, sessions)


def shown(value):
    """A text for a value that does not depend on who made it."""
    if isinstance(value, type) and value in (belay.NO_RESULT, belay.UNPARSABLE_RESULT):
        return value.__name__
    if type(value) is belay.ProxyObject:
        return f"proxy of {value}"
    if type(value) in (list, tuple):
        texts = ", ".join(shown(item) for item in value)
        return f"{type(value).__name__}({texts})"
    if type(value) in (set, frozenset):
        texts = ", ".join(sorted(shown(item) for item in value))
        return f"{type(value).__name__}({texts})"
    if type(value) is dict:
        texts = ", ".join(f"{shown(key)}: {shown(item)}" for key, item in value.items())
        return f"dict({texts})"
    return repr(value)


def raised(error):
    """What a program can see of an exception: its type, and the last line of a board's traceback."""
    account = {"type": type(error).__name__, "belay": isinstance(error, belay.BelayException)}
    if error.__cause__ is not None:
        account["cause"] = type(error.__cause__).__name__
    if isinstance(error, belay.PyboardException):
        lines = [line.strip() for line in str(error).strip().splitlines()]
        account["last"] = lines[-1]
        account["source"] = [line for line in lines if line.startswith("return ")]
    return account


def account(use, bench):
    entry = {"use": f"{use.__module__}.{use.__name__}"}
    PRINTED.take()
    try:
        entry["gave"] = shown(use(bench))
    except Exception as error:
        entry["raised"] = raised(error)
    if use.__module__ in ("classes", "sessions") and "raised" in entry:
        # What fails while it begins may leave its port open until the program ends.
        atexit._run_exitfuncs()
    text = PRINTED.take()
    if text:
        entry["printed"] = text
    return entry


class Bench:
    """A board's port, and a session that the uses of one module share."""

    def __init__(self, port):
        self.port = port
        self._device = None

    @property
    def device(self):
        if self._device is None:
            self._device = belay.Device(self.port)
        return self._device

    def free(self):
        """Gives up the shared session, so that a use can have one of its own."""
        if self._device is not None:
            self._device.close()
            self._device = None

    def call(self, code, **options):
        return self.device(code, **options)


def uses(module):
    for name, value in vars(module).items():
        if callable(value) and not name.startswith("_") and value.__module__ == module.__name__:
            yield value


def main():
    bench = Bench(sys.argv[1])
    wanted = tuple(sys.argv[2:])
    for module in MODULES:
        for use in uses(module):
            name = f"{use.__module__}.{use.__name__}"
            if not wanted or name.startswith(wanted):
                print(json.dumps(account(use, bench)), file=REPORT, flush=True)
        bench.free()


main()
