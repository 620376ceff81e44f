# `machine.bitstream` and `machine.time_pulse_us` of the board.
from time import ticks_diff, ticks_us
import bus
import opcodes
import board_pin


def bitstream(pin, encoding, timing, data):
    if encoding != 0:
        raise ValueError("invalid encoding")
    high_0, low_0, high_1, low_1 = timing
    bus.call(opcodes.CALL_BITSTREAM, board_pin.text_of(pin), high_0, low_0, high_1, low_1, data)


def time_pulse_us(pin, pulse_level, timeout_us=1_000_000):
    level = 1 if pulse_level else 0
    start = ticks_us()
    while pin.value() != level:
        if ticks_diff(ticks_us(), start) >= timeout_us:
            return -2
    start = ticks_us()
    while pin.value() == level:
        if ticks_diff(ticks_us(), start) >= timeout_us:
            return -1
    return ticks_diff(ticks_us(), start)
