# The calendar of the board, `machine.RTC` and `machine.WDT`.
#
# The clock is the host's, at UTC, until a program sets it; by how much it then differs stays
# through every reset, in a file that the board's starts share.
from time import time_ns as _engine_ns
import bus
import opcodes
import link

_rtc = open(link.folder + "/rtc", "r+b")
_offset = int.from_bytes(_rtc.read(8), "little")
_SIGN = 1 << 63
_offset = (_offset ^ _SIGN) - _SIGN


def time_ns():
    return _engine_ns() + _offset * 1000


def calendar(seconds):
    # Year, month, day, hour, minute, second, weekday from Monday, day of the year.
    days, rest = divmod(int(seconds), 86400)
    year, month, day = _civil(days)
    return (
        year,
        month,
        day,
        rest // 3600,
        rest // 60 % 60,
        rest % 60,
        (days + 3) % 7,
        days - _days(year, 1, 1) + 1,
    )


def seconds(year, month, day, hour=0, minute=0, second=0):
    # Since 1970. Months and whatever is smaller may lie outside their ranges.
    return ((_days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second


def _days(year, month, day):
    # The year begins with March here, so that the leap day is its last.
    month += year * 12 - 3
    year = month // 12
    return year * 365 + year // 4 - year // 100 + year // 400 + (month % 12 * 153 + 2) // 5 + day - 719469


def _civil(days):
    days += 719468
    era, day = divmod(days, 146097)
    year = (day - day // 1460 + day // 36524 - day // 146096) // 365
    day -= 365 * year + year // 4 - year // 100
    month = (5 * day + 2) // 153
    day -= (153 * month + 2) // 5
    return year + era * 400 + (month > 9), month + (3 if month < 10 else -9), day + 1


class RTC:
    def __init__(self, id=0):
        if id != 0:
            raise ValueError("RTC({}) doesn't exist".format(id))

    def datetime(self, *datetime):
        # The tuple is (year, month, day, weekday, hours, minutes, seconds, microseconds).
        global _offset
        if not datetime:
            now = time_ns() // 1000
            year, month, day, hour, minute, second, weekday, _ = calendar(now // 1_000_000)
            return (year, month, day, weekday, hour, minute, second, now % 1_000_000)
        year, month, day, _, hour, minute, second, subsecond = datetime[0]
        wanted = seconds(year, month, day, hour, minute, second) * 1_000_000 + subsecond
        _offset = wanted - _engine_ns() // 1000
        _rtc.seek(0)
        _rtc.write((_offset & (1 << 64) - 1).to_bytes(8, "little"))
        _rtc.flush()


class WDT:
    def __init__(self, id=0, timeout=5000):
        if id != 0:
            raise ValueError("WDT({}) doesn't exist".format(id))
        if timeout <= 0:
            raise ValueError("WDT timeout too short")
        bus.call(opcodes.CALL_WATCHDOG_START, timeout)

    def feed(self):
        bus.call(opcodes.CALL_WATCHDOG_FEED)
