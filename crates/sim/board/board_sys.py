# What `sys` has on the board.
import sys as _sys
import collections as _collections
import console as _console
import link as _link

# What only a process of an operating system has.
_HOST_ONLY = ("atexit", "executable", "exc_info")

stdin = _console.stdin
stdout = stderr = _console.stdout
platform = "belay-sim"
_sys.argv.clear()

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
    text = _link.hidden(error)
    if text is None:
        _link.print_exception(error, file)
    else:
        file.write(text)
