# `time` of the board: the unix port's own `sleep` gives no turn to callbacks.
import time as _time
import link as _link

for _name in dir(_time):
    if _name[0] != "_":
        globals()[_name] = getattr(_time, _name)


def sleep(seconds):
    if _link.ticking:
        _time.sleep_ms(int(1000 * seconds))
    else:
        _time.sleep(seconds)
