# What code on the board tells the host unasked.
#
# Events wait in a ring of fixed size, so that an interrupt handler that may not allocate memory can
# put one in. Only the main thread prints them, each in one piece.
_belay_names = [None] * 32
_belay_values = [None] * 32
# How many events have been put in, have been told and have been lost for lack of room; and whether
# some are being told now.
_belay_state = [0, 0, 0, False]


# A function of a module, if the board has it.
def _belay_find(module, function):
    try:
        return getattr(__import__(module), function, None)
    except ImportError:
        return None


_belay_schedule = _belay_find("micropython", "schedule")
_belay_thread = _belay_find("_thread", "get_ident") or int
_belay_main = _belay_thread()


def belay_emit(name, value=None):
    state = _belay_state
    if state[0] - state[1] >= 32:
        state[2] += 1
    else:
        _belay_names[state[0] % 32] = name
        _belay_values[state[0] % 32] = value
        state[0] += 1
    try:
        if _belay_schedule is None or _belay_thread() == _belay_main:
            return _belay_tell(False)
    except MemoryError:
        # An interrupt handler that may not allocate: the main thread tells it, soon.
        pass
    try:
        _belay_schedule(_belay_soon, None)
    except RuntimeError:
        # The board's queue is full of what will tell this event, too, or the next event will.
        pass


# The line that tells a value, with a checksum where the link may damage it, which is begun with the
# number of the event: one that comes twice is told once.
def _belay_line(value, number, check=$CHECK):
    text = repr(value)
    if check:
        text += " %d" % check(text, number)
    return "$MARK %s $MARK\n" % text


# Tells what waits, each in one write: something else may be printed in front of it and behind it, but
# not inside. One that does not fit the memory is lost if `last` is true, or it would keep the
# others waiting for ever.
def _belay_tell(last, report=print):
    state = _belay_state
    if state[3]:
        return
    state[3] = True
    try:
        while state[1] < state[0]:
            at = state[1] % 32
            try:
                text = _belay_line((str(_belay_names[at]), repr(_belay_values[at])), state[1] + 1)
            except MemoryError:
                if not last:
                    raise
                text = None
                state[2] += 1
            _belay_values[at] = None
            state[1] += 1
            if text:
                report(text, end="")
        if state[2]:
            text = _belay_line((None, str(state[2])), 0)
            state[2] = 0
            report(text, end="")
    finally:
        state[3] = False


# Tells what waits, or leaves it to the next event where there is no memory for it now.
def _belay_soon(_):
    try:
        _belay_tell(False)
    except MemoryError:
        pass


# Waits until more than `told` events have been told, for `limit` milliseconds, and gives their number.
def _belay_listen(told, limit):
    import time

    _belay_tell(True)
    while told == _belay_state[1] and limit > 0:
        time.sleep(0.001)
        _belay_tell(True)
        limit -= 1
    return _belay_state[1]
