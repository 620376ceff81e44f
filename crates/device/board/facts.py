# Tells what firmware runs here. Every fact may be missing.
def facts():
    emitters = []
    for emitter in ("native", "viper"):
        try:
            exec("@micropython.%s\ndef f():\n pass" % emitter, {})
            emitters.append(emitter)
        except Exception:
            pass
    try:
        gc = find("gc")
        gc.collect()
        free = gc.mem_free()
    except Exception:
        free = None
    about = sys.implementation
    get = getattr
    return (
        about[0],
        tuple(about[1]),
        get(sys, "platform", ""),
        get(about, "_machine", ""),
        get(about, "_mpy", 0),
        emitters,
        free,
        get(sys, "version", ""),
    )


_belay_v = facts()
