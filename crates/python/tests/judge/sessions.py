"""Beginning and ending sessions."""

import belay
from belay import Device


def opened_and_closed(bench):
    device = Device(bench.port)
    return device("1 + 1"), device.close()


def closed_twice(bench):
    device = Device(bench.port)
    return device.close(), device.close()


def used_after_close(bench):
    device = Device(bench.port)
    device.close()
    try:
        device("1")
    except Exception:
        return "refused"


def context(bench):
    with Device(bench.port) as device:
        return isinstance(device, Device), device("('inside')")


def state_is_forgotten(bench):
    with Device(bench.port) as device:
        device("remembered = 1")
    with Device(bench.port) as device:
        return device("'remembered' in globals()")


def startup_code(bench):
    with Device(bench.port, startup="started = 5") as device:
        return device("started"), device("'Pin' in globals()")


def startup_nothing(bench):
    with Device(bench.port, startup="") as device:
        return device("'Pin' in globals()"), device("'os' in globals()")


def keywords(bench):
    with Device(bench.port, baudrate=115200, attempts=1, exclusive=True, user="u", password="p") as device:
        return device("1"), device.attempts


def keyword_device(bench):
    with Device(device=bench.port) as device:
        return device("1")


def keyword_unknown(bench):
    return Device(bench.port, colour="red")


def no_attempts(bench):
    with Device(bench.port, attempts=3) as device:
        return device.attempts


def specifier(bench):
    with Device(belay.UsbSpecifier(device=bench.port)) as device:
        return device("1 + 1")


def specifier_that_matches_nothing(bench):
    return Device(belay.UsbSpecifier(vid=0xFFFF, serial_number="nobody has this"))


def specifier_as_text(bench):
    return Device('{"vid": 65535, "serial_number": "nobody has this"}')


def without_time(bench):
    with Device(bench.port, auto_sync_time=False) as device:
        return device.auto_sync_time, device("1 + 1"), device.time_offset


def without_time_a_call_that_wants_it(bench):
    with Device(bench.port, auto_sync_time=False) as device:
        return device("1 + 1", return_time=True)


def without_time_then_synchronised(bench):
    with Device(bench.port, auto_sync_time=False) as device:
        return type(device.sync_time()), type(device.time_offset)


def reset_softly(bench):
    device = Device(bench.port)
    gave = device.soft_reset()
    return gave, device.close()


def after_all(bench):
    with Device(bench.port) as device:
        return device("('still here')")


class _Elsewhere(Device):
    @Device.task(implementation="circuitpython")
    def only():
        return 1


def overloaded_without_a_match(bench):
    with _Elsewhere(bench.port) as device:
        return device.only()
