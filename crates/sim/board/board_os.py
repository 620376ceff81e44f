# `os` of the board: everything but the way to the host.
import os as _os
import sys as _sys
import collections as _collections
import board_sys as _board_sys

_HOST_ONLY = ("VfsPosix", "system", "getenv", "putenv", "unsetenv", "errno")

for _name in dir(_os):
    if _name[0] != "_" and _name not in _HOST_ONLY:
        globals()[_name] = getattr(_os, _name)

_Uname = _collections.namedtuple("", ("sysname", "nodename", "release", "version", "machine"))


def uname():
    version = _sys.version.split("; ")[-1].replace("MicroPython ", "")
    implementation = _board_sys.implementation
    release = ".".join(str(part) for part in implementation.version[:3])
    platform = _board_sys.platform
    return _Uname(platform, platform, release, version, implementation._machine)


def sync():
    pass
