# Takes a module away, or names of it: "a" for the module's own, "a.b" for one of an object in it.
def _without(module, names):
    import sys

    class Missing:
        def __init__(self, whole, names):
            self._whole = whole
            self._names = names

        def __getattr__(self, name):
            if name in self._names:
                raise AttributeError(name)
            value = getattr(self._whole, name)
            inner = [n[len(name) + 1 :] for n in self._names if n.startswith(name + ".")]
            return Missing(value, inner) if inner else value

    if names:
        sys.modules[module] = Missing(__import__(module), names)
        return

    import builtins

    find = __import__

    def find_others(name, *arguments):
        if name == module:
            raise ImportError("no module named '%s'" % module)
        return find(name, *arguments)

    builtins.__import__ = find_others


_without("$MODULE", $NAMES)
