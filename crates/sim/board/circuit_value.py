# Values of CircuitPython's enumerations, which print their names.


class Value:
    def __init__(self, name, number):
        self._name = name
        self._value = number

    def __repr__(self):
        return self._name


def enumeration(name, names):
    # A class with these names as its attributes, and their values in order.
    kind = type(name.split(".")[-1], (), {})
    values = []
    for number, each in enumerate(names):
        values.append(Value(name + "." + each, number))
        setattr(kind, each, values[-1])
    return kind, values
