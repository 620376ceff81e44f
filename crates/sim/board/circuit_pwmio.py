# `pwmio` of CircuitPython.
import board_analog as _analog
import circuit_pins as _pins


class PWMOut(_pins.User):
    def __init__(self, pin, *, duty_cycle=0, frequency=500, variable_frequency=False):
        self._claim(pin)
        self._variable = variable_frequency
        try:
            self._pwm = _analog.PWM(_pins.own(pin), freq=frequency, duty_u16=duty_cycle)
        except ValueError:
            self.deinit()
            raise ValueError("Invalid PWM frequency or duty_cycle")

    @property
    def duty_cycle(self):
        self._check()
        return self._pwm.duty_u16()

    @duty_cycle.setter
    def duty_cycle(self, duty):
        self._check()
        if not 0 <= duty <= 65535:
            raise ValueError("PWM duty_cycle must be between 0 and 65535 inclusive (16 bit resolution)")
        self._pwm.duty_u16(duty)

    @property
    def frequency(self):
        self._check()
        return self._pwm.freq()

    @frequency.setter
    def frequency(self, frequency):
        self._check()
        if not self._variable:
            raise AttributeError(
                "PWM frequency not writable when variable_frequency is False on construction."
            )
        self._pwm.freq(frequency)

    def deinit(self):
        if self._pins is not None and hasattr(self, "_pwm"):
            self._pwm.deinit()
        super().deinit()
