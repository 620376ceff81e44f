# `machine` of the board: pins, timers and resets.
import time as _time
import struct as _struct
import link as _link
from board_timer import Timer

PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3
DEEPSLEEP_RESET = 4
SOFT_RESET = 5

_FREQUENCY = 125_000_000
_id = b"\0" * 8

# What the world outside drives pins to. The host side keeps the table up to date:
# a zero byte, the name, "=", and "0", "1" or "z" (not driven), once per pin.
_inputs = open(_link.folder + "/inputs", "rb")

_pins = {}


class Pin:
    IN = 0
    OUT = 1
    OPEN_DRAIN = 2
    PULL_UP = 1
    PULL_DOWN = 2

    def __new__(cls, id, *args, **kwargs):
        # One pin is one object, as the hardware behind it is.
        if isinstance(id, Pin):
            return id
        if not isinstance(id, (int, str)) or isinstance(id, int) and id < 0:
            raise ValueError("invalid pin")
        pin = _pins.get(id)
        if pin is None:
            pin = object.__new__(cls)
            pin._name = id
            pin._text = str(id).encode()
            pin._key = b"\0" + pin._text + b"="
            pin._mode = Pin.IN
            pin._pull = None
            pin._latch = 0
            pin._last = None
            _pins[id] = pin
        return pin

    def __init__(self, id, mode=-1, pull=-1, *, value=None, drive=None, alt=None):
        if mode != -1 or pull != -1 or value is not None:
            self.init(mode, pull, value=value)

    def init(self, mode=-1, pull=-1, *, value=None, drive=None, alt=None):
        if mode != -1:
            if mode not in (Pin.IN, Pin.OUT, Pin.OPEN_DRAIN):
                raise ValueError("invalid pin mode")
            self._mode = mode
        if pull != -1:
            if pull not in (None, Pin.PULL_UP, Pin.PULL_DOWN):
                raise ValueError("invalid pin pull")
            self._pull = pull
        if value is not None:
            self._latch = 1 if value else 0
        self._changed()

    def value(self, *level):
        if not level:
            return self._read()
        self._latch = 1 if level[0] else 0
        self._changed()

    def __call__(self, *level):
        return self.value(*level)

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    high = on
    low = off

    def toggle(self):
        self.value(not self._latch)

    def mode(self, *mode):
        if not mode:
            return self._mode
        self.init(mode[0])

    def pull(self, *pull):
        if not pull:
            return self._pull
        self.init(pull=pull[0])

    def __repr__(self):
        return "Pin(" + str(self._name) + ")"

    def _read(self):
        if self._mode == Pin.OUT or self._mode == Pin.OPEN_DRAIN and not self._latch:
            return self._latch
        _inputs.seek(0)
        table = _inputs.read()
        at = table.find(self._key)
        driven = table[at + len(self._key)] if at >= 0 else 122
        if driven == 122:
            return 1 if self._pull == Pin.PULL_UP or self._mode == Pin.OPEN_DRAIN else 0
        return driven - 48

    def _changed(self):
        pull = self._pull or 0
        state = (self._mode, pull, self._latch)
        if state != self._last:
            self._last = state
            _link.send("p", _struct.pack("<QBBB", _time.ticks_us(), self._mode, pull, self._latch) + self._text)


def reset():
    _link.send("r", b"")
    while True:
        _time.sleep(3600)


def soft_reset():
    raise SystemExit


def reset_cause():
    return _link.cause


def unique_id():
    return _id


def freq(*_frequency):
    return _FREQUENCY


def idle():
    _time.sleep_us(1)
