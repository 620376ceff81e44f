# `time` of the board: the clock of its calendar, and sleep that gives callbacks their turn,
# which the unix port's own does not.
import time as _time
import board_clock as _clock
import link as _link

for _name in dir(_time):
    if _name[0] != "_":
        globals()[_name] = getattr(_time, _name)

time_ns = _clock.time_ns


def sleep(seconds):
    if _link.ticking or _link.listening:
        _time.sleep_ms(int(1000 * seconds))
    else:
        _time.sleep(seconds)


def time():
    return time_ns() // 1_000_000_000


def gmtime(seconds=None):
    return _clock.calendar(time() if seconds is None else seconds)


localtime = gmtime


def mktime(moment):
    return _clock.seconds(*moment[:6])
