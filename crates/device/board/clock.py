# The board's clock: a function that gives ticks, how many of them make a second, and after how many
# it begins again, which is found by going back one tick from zero.
def _belay_find_clock():
    import time

    if hasattr(time, "ticks_us"):
        return time.ticks_us, (1000000, time.ticks_add(0, -1) + 1)
    from supervisor import ticks_ms

    return ticks_ms, (1000, 1 << 29)


_belay_ticks, _belay_clock = _belay_find_clock()
