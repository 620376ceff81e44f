# Ctrl-C that cannot hurt the interpreter.
#
# The unix port raises KeyboardInterrupt straight out of its signal handler. When
# that happens inside an allocation or a collection, the heap stays locked and the
# interpreter is lost; a few ctrl-C in an allocating loop are enough. Firmware does
# otherwise: it marks the exception as pending, and the virtual machine raises it
# at its next jump. This module puts handlers in place that do the same.
#
# A handler may run inside any C code. So it allocates nothing (its call does not
# either as long as it closes over no more than four variables), takes no lock and
# has no branch of its own: it only stores three words of the interpreter's state.
# Where those lie is found by what is known of them. Without `ffi` or `uctypes`,
# or when memory looks different, the port's own way stays.
#
# One exception can leave a handler: the program's recursion is so deep that there
# is no room to call it. Then the program gets the RuntimeError of its own next call.
import micropython
import sys

SIGINT = 2
SIGUSR1, SIGUSR2 = (30, 31) if sys.platform == "darwin" else (10, 12)
_SIGKILL = 9
_PR_SET_PDEATHSIG = 1

# Whatever the handlers need stays referenced for ever.
_kept = []

# Raises KeyboardInterrupt at the next jump of the caller; `None` without the handlers.
again = None

# Starts a thread to which no signal comes; `None` without the handlers, or without threads.
start_new_thread = None


def install():
    global again
    try:
        import ffi
        import uctypes
    except ImportError:
        return
    libc = open_libc(ffi)
    if libc is None:
        return
    if sys.platform == "linux":
        # A board must not outlive the process that simulates it.
        libc.func("i", "prctl", "iLLLL")(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)

    kill = libc.func("i", "kill", "ii")
    process = libc.func("i", "getpid", "")()

    def interrupt_self():
        kill(process, SIGINT)

    pending = _pending(uctypes, libc)
    scheduler = _scheduler(uctypes, libc)
    exception = _exception(interrupt_self)
    if pending is None or scheduler is None or exception is None:
        return
    trace = uctypes.struct(exception + 12, {"length": uctypes.UINT32})

    def interrupted(_signal):
        trace.length = 0
        pending.address = exception
        # The virtual machine looks at the exception when the state is 0. It is 1 when
        # there is nothing to do, and negative when the scheduler is locked.
        scheduler.state = scheduler.state - (scheduler.state > 0)

    def nudged(_signal):
        # An interrupt may come in a call that blocks, or between it and the last jump
        # before. The host side nudges some time later: the call returns early, and sees
        # the exception.
        scheduler.state = scheduler.state - (scheduler.state > 0) * (pending.low != 0)

    signal = libc.func("P", "signal", "iC")
    siginterrupt = libc.func("i", "siginterrupt", "ii")
    # A nudge makes calls return early. One of the two kinds ends sleeps and polls alone, which
    # the system never takes up again. The other ends reads and writes as well, and what the
    # garbage collector waits in for other threads, which must not be woken before they have
    # answered: it is for a call that nothing but the host side can end.
    for number, handler, early in (
        (SIGINT, interrupted, 0),
        (SIGUSR2, nudged, 0),
        (SIGUSR1, nudged, 1),
    ):
        callback = ffi.callback("v", handler, "i")
        signal(number, callback)
        siginterrupt(number, early)
        if sys.platform == "linux":
            _never_block(libc, number)
        _kept.append((handler, callback))
    _kept.append(libc)
    again = interrupt_self
    _shield_threads(libc)


def _shield_threads(libc):
    # A signal that comes to a thread before the interpreter has made its state finds none, and
    # kills the process. A thread has the signals blocked that its parent has.
    global start_new_thread
    try:
        import _thread
    except ImportError:
        return
    signals = bytearray(128)
    for number in (SIGINT, SIGUSR1, SIGUSR2):
        signals[(number - 1) // 8] |= 1 << (number - 1) % 8
    block, unblock = (1, 2) if sys.platform == "darwin" else (0, 1)
    mask = libc.func("i", "sigprocmask", "ipp")
    start = _thread.start_new_thread

    def start_shielded(*arguments):
        try:
            mask(block, signals, None)
            return start(*arguments)
        finally:
            mask(unblock, signals, None)

    start_new_thread = start_shielded


def open_libc(ffi):
    for name in ("libc.so.6", "libc.so", "libSystem.dylib"):
        try:
            return ffi.open(name)
        except OSError:
            pass
    return None


def _never_block(libc, number):
    # A signal is blocked while its handler runs, and stays so when an exception leaves the
    # handler. All 64-bit systems but MIPS have the same layout: the handler (8 bytes), the
    # signals blocked meanwhile (128), flags (4), of which one lets the signal through.
    no_defer = 0x40000000
    sigaction = libc.func("i", "sigaction", "ipp")
    action = bytearray(256)
    if sigaction(number, None, action) == 0:
        action[8:136] = bytes(128)
        flags = int.from_bytes(action[136:140], sys.byteorder) | no_defer
        action[136:140] = flags.to_bytes(4, sys.byteorder)
        sigaction(number, action, None)


def is_memory(libc, start, size):
    page = libc.func("i", "getpagesize", "")()
    first = start & -page
    mincore = libc.func("i", "mincore", "PLp")
    return mincore(first, start + size - first, bytearray(size // page + 2)) == 0


def _pending(uctypes, libc):
    # The state of the main thread lies shortly before the part of the virtual machine's
    # state that holds the dictionary of loaded modules. In it locals and globals are
    # followed by the top of the exception handlers, the top of the jump callbacks, and
    # the pending exception.
    size = 768
    start = (id(sys.modules) - size) & -8
    if not is_memory(libc, start, size):
        return None
    pair = id(locals()).to_bytes(8, sys.byteorder) + id(globals()).to_bytes(8, sys.byteorder)
    found = uctypes.bytes_at(start, size).find(pair)
    if found < 0 or found % 8:
        return None
    # Reading 64 bits would allocate; what is not null is seen in the lower half.
    layout = {"address": uctypes.UINT64, "low": uctypes.UINT32}
    pending = uctypes.struct(start + found + 32, layout)
    return None if pending.address else pending


def _scheduler(uctypes, libc):
    # The state of the scheduler lies behind the dictionary of loaded modules. It is 1 when
    # idle, and -1 while a scheduled function runs; no other word is.
    start = id(sys.modules)
    size = 1536
    if not is_memory(libc, start, size):
        return None
    running = []
    micropython.schedule(lambda _: running.append(uctypes.bytes_at(start, size)), None)
    for _ in range(100):
        if running:
            break
    idle = uctypes.bytes_at(start, size)
    one = (1).to_bytes(2, sys.byteorder)
    found = [
        at
        for at in range(0, size, 2)
        if idle[at : at + 2] == one and running and running[0][at : at + 2] == b"\xff\xff"
    ]
    if len(found) != 1:
        return None
    return uctypes.struct(start + found[0], {"state": uctypes.INT16})


def _exception(interrupt_self):
    # The address of the one KeyboardInterrupt object of the virtual machine.
    try:
        interrupt_self()
        for _ in range(1000):
            pass
    except KeyboardInterrupt as error:
        return id(error)
    return None
