# What `os` has with CircuitPython.
import sys as _sys
import builtins as _builtins
import collections as _collections
import circuit_sys as _own
import firmware as _firmware
import link as _link

_HOST_ONLY = ("VfsPosix", "system", "putenv", "unsetenv", "errno")

_open = _builtins.open
_Uname = _collections.namedtuple("", ("sysname", "nodename", "release", "version", "machine"))


def uname():
    platform = _own.platform
    version = _firmware.VERSION
    return _Uname(platform, platform, version, version + " on " + _firmware.DATE, _link.machine)


def sync():
    pass


def getenv(key, default=None):
    # From the top of settings.toml: a text in quotes, or a whole number.
    try:
        file = _open("/settings.toml")
    except OSError:
        return default
    with file:
        for line in file:
            name, equals, value = line.partition("=")
            if line.startswith("["):
                break
            if not equals or name.strip() != key:
                continue
            value = value.strip()
            if value[:1] == '"':
                return value[1:].partition('"')[0]
            try:
                return int(value.partition("#")[0].strip())
            except ValueError:
                return default
    return default
