# `microcontroller` of CircuitPython.
from time import sleep as _sleep
import bus as _bus
import circuit_supervisor as _supervisor
import opcodes as _opcodes
import link as _link

_fact = _supervisor._fact
_set_fact = _supervisor._set_fact
_number = _supervisor._number


class RunMode:
    pass


RunMode.NORMAL, RunMode.SAFE_MODE, RunMode.BOOTLOADER, RunMode.UF2 = [
    _number("microcontroller.RunMode." + _name, _value)
    for _name, _value in (("NORMAL", 0), ("SAFE_MODE", 1), ("BOOTLOADER", 2), ("UF2", 2))
]


class ResetReason:
    pass


ResetReason.POWER_ON, ResetReason.RESET_PIN, ResetReason.SOFTWARE, ResetReason.WATCHDOG, ResetReason.UNKNOWN = [
    _number("microcontroller.ResetReason." + _name, _value)
    for _name, _value in (("POWER_ON", 1), ("RESET_PIN", 0), ("SOFTWARE", 2), ("WATCHDOG", 3), ("UNKNOWN", 5))
]


class Processor:
    frequency = 125_000_000
    temperature = 25.0
    voltage = 3.3

    @property
    def uid(self):
        return _bus.call(_opcodes.CALL_UNIQUE_ID)

    @property
    def reset_reason(self):
        reasons = (ResetReason.POWER_ON, ResetReason.SOFTWARE, ResetReason.WATCHDOG)
        for reason in reasons:
            if reason._value == _link.cause:
                return reason
        return ResetReason.UNKNOWN


cpu = Processor()
cpus = (cpu,)
watchdog = None
nvm = None


def on_next_reset(run_mode):
    if not hasattr(run_mode, "_value"):
        raise ValueError("Invalid run_mode")
    _set_fact(_opcodes.FACT_NEXT_MODE, run_mode._value)


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
