# Objects that the host holds on to, by numbers of the host's choice.
_belay_o = {}


# Lets objects go.
def _belay_d(*numbers):
    for number in numbers:
        _belay_o.pop(number, None)


# Whether a value can never change and has a literal.
def _belay_p(value, depth=0):
    if type(value) is tuple:
        return depth < 8 and all(_belay_p(item, depth + 1) for item in value)
    return value is None or type(value) in (bool, int, float, str, bytes)


# What the host gets for a value: the value itself in a tuple, or the name of the type of an object
# that stays here.
def _belay_k(value, number):
    if _belay_p(value):
        return (value,)
    _belay_o[number] = value
    return getattr(type(value), "__name__", "object")


# The next items of an iterator, up to `count`; those that stay here get the numbers from `number` on.
def _belay_i(iterator, number, count):
    items = []
    for item in iterator:
        items.append(_belay_k(item, number + len(items)))
        if len(items) == count:
            break
    return items
