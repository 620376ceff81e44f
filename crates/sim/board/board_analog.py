# `machine.ADC` and `machine.PWM` of the board.
import bus
import opcodes
import board_pin

# What reads as 65535, in microvolts.
_FULL_SCALE = 3_300_000

_MAX_FREQ = 62_500_000


class ADC:
    def __init__(self, id):
        self._pin = board_pin.text_of(id)
        bus.call(opcodes.CALL_ADC_READ, self._pin)

    def read_uv(self):
        return bus.number(bus.call(opcodes.CALL_ADC_READ, self._pin))

    def read_u16(self):
        return (self.read_uv() * 65535 + _FULL_SCALE // 2) // _FULL_SCALE

    def __repr__(self):
        return "<ADC pin=" + str(self._pin, "utf-8") + ">"


_outputs = {}


class PWM:
    def __new__(cls, dest, **settings):
        # One pin has one generator.
        text = board_pin.text_of(dest)
        pwm = _outputs.get(text)
        if pwm is None:
            pwm = object.__new__(cls)
            pwm._pin = text
            pwm._reset()
            _outputs[text] = pwm
        return pwm

    def __init__(self, dest, *, freq=None, duty_u16=None, duty_ns=None, invert=None):
        self.init(freq=freq, duty_u16=duty_u16, duty_ns=duty_ns, invert=invert)

    def init(self, *, freq=None, duty_u16=None, duty_ns=None, invert=None):
        if freq is not None and not 0 < freq <= _MAX_FREQ:
            raise ValueError("invalid freq")
        if duty_u16 is not None and duty_ns is not None:
            raise ValueError("only one of duty_u16 and duty_ns is possible")
        if duty_u16 is not None and not 0 <= duty_u16 <= 65535:
            raise ValueError("invalid duty_u16")
        if duty_ns is not None and not 0 <= duty_ns <= 1_000_000_000 // (freq or self._freq or 1):
            raise ValueError("invalid duty_ns")
        if freq is not None:
            self._freq = freq
        if duty_u16 is not None:
            self._duty_u16 = duty_u16
            self._duty_ns = None
        if duty_ns is not None:
            self._duty_ns = duty_ns
        if invert is not None:
            self._invert = 1 if invert else 0
        self._report()

    def deinit(self):
        self._reset()
        self._report()

    def freq(self, *freq):
        if not freq:
            return self._freq
        self.init(freq=freq[0])

    def duty_u16(self, *duty):
        if duty:
            self.init(duty_u16=duty[0])
        elif self._duty_ns is None:
            return self._duty_u16
        else:
            return min(65535, (self._duty_ns * self._freq * 65535 + 500_000_000) // 1_000_000_000)

    def duty_ns(self, *duty):
        if duty:
            self.init(duty_ns=duty[0])
        elif self._duty_ns is not None:
            return self._duty_ns
        else:
            return self._duty_u16 * 1_000_000_000 // (65535 * self._freq) if self._freq else 0

    def __repr__(self):
        return "<PWM pin={} freq={} duty_u16={}>".format(str(self._pin, "utf-8"), self._freq, self.duty_u16())

    def _reset(self):
        self._freq = 0
        self._duty_u16 = 0
        # A width that was set stays when the frequency changes; a ratio does, too.
        self._duty_ns = None
        self._invert = 0

    def _report(self):
        bus.call(opcodes.CALL_PWM_SET, self._pin, self._freq, self.duty_u16(), self.duty_ns(), self._invert)

