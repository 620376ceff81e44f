# What `time` has on the board: the clock of its calendar, and sleep that gives callbacks their turn,
# which the unix port's own does not.
from time import sleep as _sleep, sleep_ms as _sleep_ms
import board_clock as _clock
import link as _link

time_ns = _clock.time_ns


def sleep(seconds):
    if _link.ticking or _link.listening:
        _sleep_ms(int(1000 * seconds))
    else:
        _sleep(seconds)


def time():
    return time_ns() // 1_000_000_000


def gmtime(seconds=None):
    return _clock.calendar(time() if seconds is None else seconds)


localtime = gmtime


def mktime(moment):
    return _clock.seconds(*moment[:6])
