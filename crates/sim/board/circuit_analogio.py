# `analogio` of CircuitPython.
import board_analog as _analog
import circuit_pins as _pins


class AnalogIn(_pins.User):
    reference_voltage = 3.3

    def __init__(self, pin):
        self._claim(pin)
        self._adc = _analog.ADC(_pins.own(pin))

    @property
    def value(self):
        self._check()
        return self._adc.read_u16()


class AnalogOut:
    def __init__(self, pin):
        raise NotImplementedError("AnalogOut functionality not supported")
