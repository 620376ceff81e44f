# What code on the board tells the host unasked.
#
# Events wait in a ring of fixed size, so that an interrupt handler that may not allocate memory can
# put one in. Only the main thread prints them, each in one piece.
names = [None] * 32
values = [None] * 32
# How many events have been put in, have been told and have been lost for lack of room; and whether
# some are being told now.
state = [0, 0, 0, False]


# A function of a module, if the board has it.
def get(module, function):
    try:
        return getattr(find(module), function, None)
    except ImportError:
        return None


schedule = get("micropython", "schedule")
thread = get("_thread", "get_ident") or int
pause = get("time", "sleep")
main_thread = thread()


def belay_emit(name, value=None):
    if state[0] - state[1] >= 32:
        state[2] += 1
    else:
        names[state[0] % 32] = name
        values[state[0] % 32] = value
        state[0] += 1
    try:
        if schedule is None or thread() == main_thread:
            return tell(False)
    except MemoryError:
        # An interrupt handler that may not allocate: the main thread tells it, soon.
        pass
    try:
        schedule(tell_soon, None)
    except RuntimeError:
        # The board's queue is full of what will tell this event, too, or the next event will.
        pass


# The line that tells a value, with a check where the link may damage it, which is begun with the
# number of the event: one that comes twice is told once.
def line(value, number):
    text = repr(value)
    if $CHECKED:
        text += " %d" % check(text, number)
    return "$MARK %s $MARK\n" % text


# Tells what waits, each in one write: something else may be printed in front of it and behind it, but
# not inside. One that does not fit the memory is lost if `last` is true, or it would keep the
# others waiting for ever.
def tell(last):
    if state[3]:
        return
    state[3] = True
    try:
        while state[1] < state[0]:
            at = state[1] % 32
            try:
                text = line((str(names[at]), repr(values[at])), state[1] + 1)
            except MemoryError:
                if not last:
                    raise
                text = None
                state[2] += 1
            values[at] = None
            state[1] += 1
            if text:
                print(text, end="")
        if state[2]:
            text = line((None, str(state[2])), 0)
            state[2] = 0
            print(text, end="")
    finally:
        state[3] = False


# Tells what waits, or leaves it to the next event where there is no memory for it now.
def tell_soon(_):
    try:
        tell(False)
    except MemoryError:
        pass


# Waits until more than `told` events have been told, for `limit` milliseconds, and gives their number.
def _belay_listen(told, limit):
    tell(True)
    while told == state[1] and limit > 0:
        pause(0.001)
        tell(True)
        limit -= 1
    return state[1]


main.update(belay_emit=belay_emit, _belay_listen=_belay_listen)
