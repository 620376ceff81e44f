# Tells what firmware runs here and what it can do. Every fact may be missing: boards are older, smaller
# or not MicroPython at all, and none of that is an error.
def facts():
    # What a module or an object has under a dotted name, or None.
    def get(path):
        name, *rest = path.split(".")
        try:
            found = sys if name == "sys" else find(name)
            for name in rest:
                found = getattr(found, name)
            return found
        except (ImportError, AttributeError):
            return None

    emitters = []
    for emitter in ("native", "viper"):
        try:
            exec("@micropython.%s\ndef f():\n pass" % emitter, {})
            emitters.append(emitter)
        except Exception:
            pass
    abilities = [path for path in ABILITIES.split() if get(path)]
    try:
        gc = find("gc")
        gc.collect()
        free = gc.mem_free()
    except Exception:
        free = None
    implementation = sys.implementation
    return (
        implementation[0],
        tuple(implementation[1]),
        getattr(sys, "platform", ""),
        getattr(implementation, "_machine", ""),
        getattr(implementation, "_mpy", 0),
        emitters,
        free,
        getattr(sys, "version", ""),
        abilities,
    )


ABILITIES = "$ABILITIES"
reply(mark, repr(facts()))
del facts, ABILITIES
