# `machine` of the board.
from time import sleep as _sleep, sleep_us as _sleep_us
import bus as _bus
import opcodes as _opcodes
import link as _link
from board_pin import Pin, Signal
from board_timer import Timer
from board_analog import ADC, PWM
from board_i2c import I2C, SoftI2C
from board_spi import SPI, SoftSPI
from board_uart import UART
from board_clock import RTC, WDT
from board_pulses import bitstream, time_pulse_us

PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3
DEEPSLEEP_RESET = 4
SOFT_RESET = 5

_FREQUENCY = 125_000_000


def reset():
    _link.send(_opcodes.REPORT_RESET, b"")
    while True:
        _sleep(3600)


def soft_reset():
    raise SystemExit


def reset_cause():
    return _link.cause


def unique_id():
    return _bus.call(_opcodes.CALL_UNIQUE_ID)


def freq(*frequency):
    if not frequency:
        return _FREQUENCY
    # Programs do not run faster or slower here.
    if frequency[0] != _FREQUENCY:
        raise ValueError("cannot change frequency")


def idle():
    _sleep_us(1)
