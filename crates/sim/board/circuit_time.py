# What `time` has with CircuitPython.
from time import sleep as _sleep, sleep_ms as _sleep_ms, ticks_us as _ticks_us
import collections as _collections
import board_clock as _clock
import link as _link

_Time = _collections.namedtuple(
    "struct_time",
    ("tm_year", "tm_mon", "tm_mday", "tm_hour", "tm_min", "tm_sec", "tm_wday", "tm_yday", "tm_isdst"),
)
_start = _clock.time_ns()


def monotonic_ns():
    return _clock.time_ns() - _start


def monotonic():
    return monotonic_ns() / 1_000_000_000


def sleep(seconds):
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    if _link.ticking or _link.listening:
        _sleep_ms(int(1000 * seconds))
    else:
        _sleep(seconds)


def struct_time(parts):
    return _Time(*parts)


def time():
    return _clock.time_ns() // 1_000_000_000


def localtime(seconds=None):
    return _Time(*_clock.calendar(time() if seconds is None else seconds), -1)


def mktime(moment):
    return _clock.seconds(*moment[:6])
