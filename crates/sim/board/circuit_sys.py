# What `sys` has with CircuitPython.
import sys as _sys
import collections as _collections
import console as _console
import firmware as _firmware
import link as _link

# What only a process of an operating system has.
_HOST_ONLY = ("atexit", "executable", "exc_info", "ps1", "ps2")

# No build has `buffer`: what is read is text.
stdin, stdout = _console.text()
stderr = stdout
platform = "belay-sim"
version = "3.4.0; Adafruit CircuitPython " + _firmware.VERSION + " on " + _firmware.DATE
_sys.argv.clear()

# Version 6.3 of compiled code, and no processor's own.
_MPY = 6 | 3 << 8


def _number(part):
    digits = ""
    for letter in part:
        if not letter.isdigit():
            break
        digits += letter
    return int(digits or "0")


machine = _firmware.MACHINE or "Belay simulated board with " + _sys.implementation._machine
implementation = _collections.namedtuple("", ("name", "version", "_machine", "_mpy"))(
    "circuitpython", tuple([_number(part) for part in _firmware.VERSION.split(".")[:3]]), machine, _MPY
)
_link.machine = machine
del machine
