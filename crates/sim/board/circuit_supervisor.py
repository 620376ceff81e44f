# `supervisor` of CircuitPython.
from time import ticks_ms as _engine_ms
import select as _select
import bus as _bus
import circuit_value as _value
import opcodes as _opcodes
import link as _link

_TICKS = (1 << 29) - 1
# A little before it wraps, as after every start.
_FIRST = (1 << 29) - 65536
_start = _engine_ms()

_typed = _select.poll()
_typed.register(0, _select.POLLIN)


def _fact(number):
    return _bus.call(_opcodes.CALL_SUPERVISOR_GET, number)[0]


def _set_fact(number, value):
    _bus.call(_opcodes.CALL_SUPERVISOR_SET, number, value)


RunReason, _REASONS = _value.enumeration(
    "supervisor.RunReason", ("STARTUP", "AUTO_RELOAD", "SUPERVISOR_RELOAD", "REPL_RELOAD")
)
SafeModeReason, _SAFE_MODES = _value.enumeration("supervisor.SafeModeReason", ("NONE", "PROGRAMMATIC"))


class Runtime:
    usb_connected = True
    display = None
    ble_workflow = False
    rgb_status_brightness = 255

    @property
    def autoreload(self):
        return _fact(_opcodes.FACT_AUTO_RELOAD) != 0

    @autoreload.setter
    def autoreload(self, value):
        _set_fact(_opcodes.FACT_AUTO_RELOAD, 1 if value else 0)

    @property
    def run_reason(self):
        return _REASONS[_fact(_opcodes.FACT_RUN_REASON)]

    @property
    def safe_mode_reason(self):
        return _SAFE_MODES[_fact(_opcodes.FACT_SAFE_MODE)]

    @property
    def serial_connected(self):
        return True

    @property
    def serial_bytes_available(self):
        return len(_typed.poll(0))


runtime = Runtime()


def ticks_ms():
    return (_engine_ms() - _start + _FIRST) & _TICKS


def reload():
    _link.send(_opcodes.REPORT_RELOAD, b"")
    raise SystemExit


def get_previous_traceback():
    return None


def get_setting(key, default=None):
    import os

    return os.getenv(key, default)


def reset_terminal(x_pixels, y_pixels):
    pass


def set_usb_identification(manufacturer=None, product=None, vid=-1, pid=-1):
    pass


class _StatusBar:
    console = True
    display = True


status_bar = _StatusBar()
