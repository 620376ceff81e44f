# Takes the name space of programs back to what it is now, between two programs that shall not know of
# each other.
def _belay_restorer():
    import gc
    import os
    import sys

    names = globals()
    kept = names.copy()
    loaded = list(sys.modules)
    path = list(sys.path)

    # Whether all is as it was; if not, only a restart helps.
    def restore():
        for name in list(names):
            if name not in kept and not name.startswith("_belay"):
                del names[name]
        for name in kept:
            if names.get(name) is not kept[name]:
                names[name] = kept[name]
        for name in sys.modules:
            if name not in loaded:
                return False
        sys.path[:] = path
        try:
            os.chdir("/")
        except (AttributeError, OSError):
            pass
        gc.collect()
        return True

    return restore


_belay_restore = _belay_restorer()
