# `sys` of the board.
import sys as _sys
import collections as _collections
import console as _console
import link as _link

# What only a process of an operating system has.
_HOST_ONLY = ("atexit", "executable", "ps1", "ps2", "stdin", "stdout", "stderr", "exc_info")

for _name in dir(_sys):
    if _name[0] != "_" and _name not in _HOST_ONLY:
        globals()[_name] = getattr(_sys, _name)

stdin = _console.Input()
stdout = _console.Output()
stderr = stdout
platform = "belay-sim"
argv.clear()

_real = _sys.implementation
_names = ["name", "version", "_machine", "_mpy", "_build", "_thread"]
_names = [_name for _name in _names if hasattr(_real, _name)]
implementation = _collections.namedtuple("", _names)(
    *[
        "Belay simulated board with " + _real._machine if _name == "_machine" else getattr(_real, _name)
        for _name in _names
    ]
)


def print_exception(error, file=stdout):
    file.write(_link.describe(error))
