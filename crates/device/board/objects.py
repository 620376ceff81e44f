# Objects that the host holds on to, by numbers of the host's choice.
objects = {}


# Lets objects go.
def _belay_d(*numbers):
    for number in numbers:
        objects.pop(number, None)


# Whether a value can never change and has a literal.
def is_plain(value, depth=0):
    if type(value) is tuple:
        return depth < 8 and all(is_plain(item, depth + 1) for item in value)
    return value is None or type(value) in (bool, int, float, str, bytes)


# What the host gets for a value: the value itself in a tuple, or the name of the type of an object
# that stays here.
def _belay_k(value, number):
    if is_plain(value):
        return (value,)
    objects[number] = value
    return getattr(type(value), "__name__", "object")


# The next items of an iterator, up to `count`; those that stay here get the numbers from `number` on.
def _belay_i(iterator, number, count):
    items = []
    for item in iterator:
        items.append(_belay_k(item, number + len(items)))
        if len(items) == count:
            break
    return items


# A module, as programs find it.
def _belay_m(name):
    # With names to import, the module itself comes and not the package around it.
    return __import__(name, None, None, ("*",))


main.update(_belay_o=objects, _belay_d=_belay_d, _belay_k=_belay_k, _belay_i=_belay_i, _belay_m=_belay_m)
