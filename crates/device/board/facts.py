# Tells what firmware runs here. Every fact may be missing: boards are older, smaller or not
# MicroPython at all, and none of that is an error.
def _belay_facts():
    import sys

    implementation = sys.implementation
    emitters = []
    for emitter in ("native", "viper"):
        try:
            exec("@micropython.%s\ndef f():\n pass" % emitter, {})
            emitters.append(emitter)
        except Exception:
            pass
    try:
        import gc

        gc.collect()
        free = gc.mem_free()
    except Exception:
        free = None
    return (
        implementation[0],
        tuple(implementation[1]),
        getattr(sys, "platform", ""),
        getattr(implementation, "_machine", ""),
        getattr(implementation, "_mpy", 0),
        emitters,
        free,
        getattr(sys, "version", ""),
    )
