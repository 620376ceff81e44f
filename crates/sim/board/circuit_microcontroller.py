# `microcontroller` of CircuitPython.
from time import sleep as _sleep
import bus as _bus
import circuit_pins as _pins
import circuit_supervisor as _supervisor
import circuit_value as _value
import opcodes as _opcodes
import link as _link

RunMode, _MODES = _value.enumeration("microcontroller.RunMode", ("NORMAL", "SAFE_MODE", "BOOTLOADER", "UF2"))
# In the order of the numbers of `machine.reset_cause`.
ResetReason, _REASONS = _value.enumeration(
    "microcontroller.ResetReason",
    ("UNKNOWN", "POWER_ON", "SOFTWARE", "WATCHDOG", "BROWNOUT", "RESET_PIN", "DEEP_SLEEP_ALARM"),
)
Pin = _pins.Pin


class _Pins:
    def __getattr__(self, name):
        if name.startswith("GPIO") and name[4:].isdigit() and int(name[4:]) < 30:
            return _pins.pin("board.GP" + name[4:], int(name[4:]))
        raise AttributeError("'module' object has no attribute '" + name + "'")


pin = _Pins()


class Processor:
    frequency = 125_000_000
    temperature = 25.0
    voltage = 3.3

    @property
    def uid(self):
        return _bus.call(_opcodes.CALL_UNIQUE_ID)

    @property
    def reset_reason(self):
        # That of the last hard reset.
        return _REASONS[_link.cause if _link.cause < 4 else 1]


cpu = Processor()
cpus = (cpu,)
watchdog = None
nvm = None


def on_next_reset(run_mode):
    if run_mode not in _MODES:
        raise TypeError("run_mode must be of type RunMode, not " + type(run_mode).__name__)
    # The last two are one here.
    _supervisor._set_fact(_opcodes.FACT_NEXT_MODE, min(run_mode._value, 2))


def reset():
    _link.send(_opcodes.REPORT_RESET, b"")
    while True:
        _sleep(3600)


def delay_us(delay):
    _sleep(delay / 1_000_000)


def disable_interrupts():
    pass


def enable_interrupts():
    pass
