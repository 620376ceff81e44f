# The pins of a board with CircuitPython, and who has them.
#
# On the host side they are those of MicroPython: `board.GP25` and `board.D25` are the pin "25".
import board_pin

_GONE = "Object has been deinitialized and can no longer be used. Create a new object."
_used = set()


class Pin:
    def __init__(self, name, id):
        self._name = name
        self._id = id

    def __repr__(self):
        return self._name


_pins = {}


def pin(name, id):
    found = _pins.get(id)
    if found is None:
        found = _pins[id] = Pin(name, id)
    return found


class User:
    # What has some pins for itself until it is given up, or the interpreter ends.
    def _claim(self, *pins):
        for each in pins:
            if each is None:
                continue
            if not isinstance(each, Pin):
                raise TypeError("pin must be of type Pin, not " + type(each).__name__)
            if each in _used:
                raise ValueError(repr(each).split(".")[-1] + " in use")
        self._pins = [each for each in pins if each is not None]
        _used.update(self._pins)

    def _check(self):
        if self._pins is None:
            raise ValueError(_GONE)

    def deinit(self):
        for each in self._pins or ():
            _used.discard(each)
        self._pins = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.deinit()


class Lock:
    # What several drivers share.
    _locked = False

    def try_lock(self):
        self._check()
        locked = not self._locked
        self._locked = True
        return locked

    def unlock(self):
        self._check()
        self._locked = False

    def _need_lock(self):
        self._check()
        if not self._locked:
            raise RuntimeError("Function requires lock")


def own(pin):
    # The pin as the board's hardware has it.
    return None if pin is None else board_pin.Pin(pin._id)


def part(buffer, start, end):
    view = memoryview(buffer)
    return view[start : len(view) if end is None else end]
