# `neopixel_write` of CircuitPython.
import board_pulses as _pulses

# Nanoseconds high and low for a zero, and for a one.
_TIMING = (400, 850, 800, 450)


def neopixel_write(digitalinout, buf):
    digitalinout._check()
    _pulses.bitstream(digitalinout._pin, 0, _TIMING, buf)
