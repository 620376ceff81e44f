# `machine.Pin` and `machine.Signal` of the board.
from time import ticks_us as _ticks_us
import struct as _struct
import board_irq as _irq
import bus as _bus
import opcodes as _opcodes
import link as _link

# What the world outside drives pins to. The host side keeps the table up to date:
# a zero byte, the name, "=", and "0", "1" or "z" (not driven), once per pin.
_inputs = open(_link.folder + "/inputs", "rb")

_pins = {}

# Mode, pull and level of a pin, and whether it has been used since power came.
_UNUSED = (0, 0, 0, 0)


class Pin:
    IN = 0
    OUT = 1
    OPEN_DRAIN = 2
    PULL_UP = 1
    PULL_DOWN = 2
    IRQ_FALLING = 4
    IRQ_RISING = 8

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
            # A soft reset leaves pins as they are.
            mode, pull, latch, used = _bus.call(_opcodes.CALL_PIN_STATE, pin._text) if _bus.socket else _UNUSED
            pin._mode = mode
            pin._pull = pull or None
            pin._latch = latch
            pin._last = (mode, pull, latch) if used else None
            # How often the output has gone low, which is how a chip knows that it is selected
            # once more.
            pin._falls = 0
            pin._low = pin._own() == 0
            pin._irq = None
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

    def irq(self, handler=-1, trigger=IRQ_FALLING | IRQ_RISING, *, priority=1, wake=None, hard=False):
        irq = self._irq
        if irq is None:
            irq = self._irq = _irq.Irq(self)
        if handler == -1:
            return irq
        if hard:
            raise ValueError("hard callbacks are not simulated")
        if priority != 1 or wake is not None:
            raise ValueError("priorities and wake-ups are not simulated")
        if not 0 < trigger <= Pin.IRQ_FALLING | Pin.IRQ_RISING or trigger & 3:
            raise ValueError("invalid trigger; only edges are simulated")
        _irq.configure(irq, self._text, handler, trigger)
        self._watched()
        return irq

    def __repr__(self):
        return "Pin(" + str(self._name) + ")"

    def _own(self):
        # The level that the pin drives itself to, or None.
        if self._mode == Pin.OUT or self._mode == Pin.OPEN_DRAIN and not self._latch:
            return self._latch

    def _idle(self):
        # The level while nobody drives the pin.
        return 1 if self._pull == Pin.PULL_UP or self._mode == Pin.OPEN_DRAIN else 0

    def _read(self):
        own = self._own()
        if own is not None:
            return own
        _inputs.seek(0)
        table = _inputs.read()
        at = table.find(self._key)
        driven = table[at + len(self._key)] if at >= 0 else 122
        return self._idle() if driven == 122 else driven - 48

    def _changed(self):
        pull = self._pull or 0
        state = (self._mode, pull, self._latch)
        if state != self._last:
            low = self._own() == 0
            if low and not self._low:
                self._falls += 1
            self._low = low
            self._last = state
            _link.send(_opcodes.REPORT_PIN, _struct.pack("<QBBB", _ticks_us(), self._mode, pull, self._latch) + self._text)
            if self._irq is not None:
                self._watched()

    def _watched(self):
        own = self._own()
        idle = self._idle() if own is None else own
        _bus.call(_opcodes.CALL_PIN_WATCH, self._text, self._irq._trigger, own is None, idle)


def text_of(pin):
    # What a pin, its number or name goes by on the host side; nothing for no pin.
    return b"" if pin is None else Pin(pin)._text


def selected():
    # All pins that are driven low, and how often they have been.
    parts = []
    for pin in _pins.values():
        if pin._own() == 0:
            parts.append(pin._text)
            parts.append(str(pin._falls).encode())
    return b"\0".join(parts)


class Signal:
    def __init__(self, pin, *settings, invert=False, **named):
        self._pin = pin if hasattr(pin, "value") else Pin(pin, *settings, **named)
        self._invert = 1 if invert else 0

    def value(self, *level):
        if not level:
            return self._pin.value() ^ self._invert
        self._pin.value((1 if level[0] else 0) ^ self._invert)

    def __call__(self, *level):
        return self.value(*level)

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)
