# `machine.Timer` of the board.
#
# A thread watches the clock and asks for a turn with `micropython.schedule`. The turn itself
# is taken in the main thread where the virtual machine jumps, as soft callbacks are on
# firmware. The two threads share one list and a lock that is used as a semaphore; the
# watching one changes nothing else and allocates nothing.
#
# A turn, and a KeyboardInterrupt, can come at every jump. What must not be torn apart by
# either has no branches and no loops.
from micropython import schedule
import sys
from time import sleep_us, ticks_add, ticks_diff, ticks_us
import interrupt
import link

try:
    import _thread
except ImportError:
    _thread = None

# Before, the watching thread could find itself running the callbacks.
_OLDEST = (1, 22, 0)

_DUE, _ASKED, _WATCHED = 0, 1, 2

# When the next timer is due (None: no timer runs), whether a turn has been asked for and not
# been taken, and whether the watching thread has been started.
_shared = [None, False, False]

# The timers that run.
_running = {}

_due_of = lambda timer: timer._due


class Timer:
    ONE_SHOT = 0
    PERIODIC = 1

    def __init__(self, id=-1, **settings):
        if id != -1:
            raise ValueError("Timer doesn't exist")
        self._mode = Timer.PERIODIC
        self._period = 0
        self._due = 0
        self._callback = None
        if settings:
            self.init(**settings)

    def init(self, *, mode=PERIODIC, period=-1, freq=-1, tick_hz=1000, callback=None, hard=False):
        if hard:
            raise ValueError("hard callbacks are not simulated")
        if mode not in (Timer.ONE_SHOT, Timer.PERIODIC):
            raise ValueError("invalid timer mode")
        if freq != -1:
            if freq <= 0:
                raise ValueError("invalid freq")
            period = int(1_000_000 / freq)
        elif period < 0:
            raise ValueError("period or freq is needed")
        else:
            period = period * 1_000_000 // tick_hz
        _watch_clock()
        _running.pop(self, None)
        self._mode = mode
        self._period = max(period, 1)
        self._callback = callback
        self._due = ticks_add(ticks_us(), self._period)
        _running[self] = None
        _plan()

    def deinit(self):
        _running.pop(self, None)
        _plan()

    def __repr__(self):
        mode = "ONE_SHOT" if self._mode == Timer.ONE_SHOT else "PERIODIC"
        return "Timer(mode={}, tick_hz=1000000, period={})".format(mode, self._period)

    def _expire(self, now):
        if self._mode == Timer.ONE_SHOT:
            _running.pop(self, None)
        else:
            # Turns that have been missed are not made up for.
            late = ticks_diff(now, self._due)
            self._due = ticks_add(self._due, (late // self._period + 1) * self._period)
        if self._callback is not None:
            try:
                self._callback(self)
            except BaseException as error:
                sys.stdout.write(link.describe(error))


def _plan():
    _shared[_DUE] = min(map(_due_of, _running), default=None)
    link.ticking = len(_running) > 0
    _wake[_parked.locked()]()


def _turn(_):
    try:
        pass_on = _expire_due()
    finally:
        # When an interrupt has kept `_plan` from its work, the old time is in the past, and
        # the next turn comes at once.
        _shared[_ASKED] = False
        _wake[_parked.locked()]()
    # There are no jumps up to the program's own.
    pass_on()


def _expire_due():
    # What is to be done at the end of the turn. The end of a `try` is a jump, which a
    # `return` avoids.
    try:
        now = ticks_us()
        for timer in sorted(_running, key=_due_of):
            # A callback may have stopped one that comes after it.
            if timer in _running and ticks_diff(now, timer._due) >= 0:
                timer._expire(now)
        _plan()
        return _nothing
    except KeyboardInterrupt:
        # It was meant for the program, and here nobody would hear of it.
        if interrupt.again is None:
            raise
        return interrupt.again


def _nothing():
    pass


def _watch_clock():
    if _shared[_WATCHED]:
        return
    if _thread is None or sys.implementation.version[:3] < _OLDEST:
        raise NotImplementedError("timers need MicroPython 1.22 or later with threads")
    _shared[_WATCHED] = True
    _thread.start_new_thread(_watch, ())


def _watch():
    while True:
        due = _shared[_DUE]
        if due is None or _shared[_ASKED]:
            _parked.acquire()
            continue
        left = ticks_diff(due, ticks_us())
        if left > 0:
            # An earlier timer may be started meanwhile.
            sleep_us(min(left, 1000))
            continue
        _shared[_ASKED] = True
        try:
            schedule(_turn, None)
        except RuntimeError:
            # The program's own requests fill the queue.
            _shared[_ASKED] = False
            sleep_us(1000)


if _thread is not None:
    # Locked unless the watching thread is to look again.
    _parked = _thread.allocate_lock()
    _parked.acquire()
    _wake = (lambda: None, _parked.release)
