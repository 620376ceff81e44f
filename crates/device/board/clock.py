# The board's clock: a function that gives ticks, how many of them make a second, and after how many
# it begins again, which is found by going back one tick from zero.
def find_clock():
    time = find("time")
    if hasattr(time, "ticks_us"):
        return time.ticks_us, (1000000, time.ticks_add(0, -1) + 1)
    return find("supervisor").ticks_ms, (1000, 1 << 29)


main["_belay_ticks"], main["_belay_clock"] = find_clock()
_belay_v = main["_belay_clock"]
