# `digitalio` of CircuitPython.
import board_pin as _board_pin
import circuit_pins as _pins
import circuit_value as _value

Direction, (_INPUT, _OUTPUT) = _value.enumeration("digitalio.Direction", ("INPUT", "OUTPUT"))
Pull, (_UP, _DOWN) = _value.enumeration("digitalio.Pull", ("UP", "DOWN"))
DriveMode, (_PUSH_PULL, _OPEN_DRAIN) = _value.enumeration("digitalio.DriveMode", ("PUSH_PULL", "OPEN_DRAIN"))

_PULLS = {None: None, _UP: _board_pin.Pin.PULL_UP, _DOWN: _board_pin.Pin.PULL_DOWN}


class DigitalInOut(_pins.User):
    def __init__(self, pin):
        self._claim(pin)
        self._pin = _pins.own(pin)
        self.switch_to_input()

    def switch_to_input(self, pull=None):
        self._check()
        if pull not in _PULLS:
            raise ValueError("Unsupported pull value.")
        self._output = False
        self._pull = pull
        self._pin.init(_board_pin.Pin.IN, _PULLS[pull])

    def switch_to_output(self, value=False, drive_mode=_PUSH_PULL):
        self._check()
        self._output = True
        self._mode = drive_mode
        self._pull = None
        mode = _board_pin.Pin.OPEN_DRAIN if drive_mode is _OPEN_DRAIN else _board_pin.Pin.OUT
        self._pin.init(mode, None, value=value)

    @property
    def direction(self):
        self._check()
        return _OUTPUT if self._output else _INPUT

    @direction.setter
    def direction(self, direction):
        if direction is _OUTPUT:
            self.switch_to_output()
        elif direction is _INPUT:
            self.switch_to_input()
        else:
            raise ValueError("Invalid direction.")

    @property
    def value(self):
        self._check()
        return bool(self._pin.value())

    @value.setter
    def value(self, value):
        self._check()
        if not self._output:
            raise AttributeError("Cannot set value when direction is input.")
        self._pin.value(value)

    @property
    def pull(self):
        self._check()
        if self._output:
            raise AttributeError("Pull not used when direction is output.")
        return self._pull

    @pull.setter
    def pull(self, pull):
        self._check()
        if self._output:
            raise AttributeError("Pull not used when direction is output.")
        self.switch_to_input(pull)

    @property
    def drive_mode(self):
        self._check()
        if not self._output:
            raise AttributeError("Drive mode not used when direction is input.")
        return self._mode

    @drive_mode.setter
    def drive_mode(self, mode):
        self._check()
        if not self._output:
            raise AttributeError("Drive mode not used when direction is input.")
        self.switch_to_output(self._pin.value(), mode)

    def deinit(self):
        if self._pins is not None:
            self._pin.init(_board_pin.Pin.IN, None)
        super().deinit()
