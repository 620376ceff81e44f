# What `os` has on the board: no way to the host, but the facts of the firmware.
import sys as _sys
import collections as _collections

_HOST_ONLY = ("VfsPosix", "system", "getenv", "putenv", "unsetenv", "errno")

_Uname = _collections.namedtuple("", ("sysname", "nodename", "release", "version", "machine"))


def uname():
    version = _sys.version.split("; ")[-1].replace("MicroPython ", "")
    implementation = _sys.implementation
    release = ".".join(str(part) for part in implementation.version[:3])
    platform = _sys.platform
    return _Uname(platform, platform, release, version, implementation._machine)


def sync():
    pass
