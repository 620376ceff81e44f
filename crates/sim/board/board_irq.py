# `Pin.irq` of the board: calls back when a pin changes its level.
#
# The host side notices the changes, also those that the program makes itself. A thread waits
# for word of them and asks for a turn with `micropython.schedule`; the turn itself is taken in
# the main thread, as soft callbacks are on firmware.
from micropython import schedule
import sys
from time import sleep_us
import bus
import opcodes
import link

try:
    import _thread
except ImportError:
    _thread = None

# Before, a thread could find itself running the callbacks.
_OLDEST = (1, 22, 0)

# Whatever has a handler, by the text of its pin.
_handled = {}
_listening = False


class Irq:
    def __init__(self, pin):
        self._pin = pin
        self._handler = None
        self._trigger = 0
        self._flags = 0

    def __call__(self):
        self._call()

    def flags(self):
        return self._flags

    def trigger(self, *trigger):
        if not trigger:
            return self._trigger
        self._trigger = trigger[0]
        self._pin._watched()

    def _call(self):
        try:
            self._handler(self._pin)
        except BaseException as error:
            sys.stdout.write(link.describe(error))


def configure(irq, text, handler, trigger):
    _listen()
    irq._handler = handler
    irq._trigger = trigger if handler is not None else 0
    if handler is None:
        _handled.pop(text, None)
    else:
        _handled[text] = irq
    link.listening = link.serving or len(_handled) > 0


def _turn(_):
    for change in bus.call(opcodes.CALL_IRQ_TAKE).split(b"\0"):
        irq = _handled.get(change[1:])
        if irq is not None:
            irq._flags = change[0]
            irq._call()


def _listen():
    global _listening
    if not _listening:
        listen(opcodes.CALL_IRQ_LISTEN, _turn)
        _listening = True


def listen(call, turn):
    # From now on the turn is taken when the host side has news on the connection that the call makes.
    if _thread is None or sys.implementation.version[:3] < _OLDEST:
        raise NotImplementedError("interrupts need MicroPython 1.22 or later with threads")
    line = bus.connect()
    bus.post(line, call, ())
    # The line is open on the other side, too, before the first pin is watched.
    line.read(1)
    _thread.start_new_thread(_watch, (line, bytearray(1), turn))


def _watch(line, word, turn):
    while line.readinto(word) == 1:
        asked = False
        while not asked:
            try:
                schedule(turn, None)
                asked = True
            except RuntimeError:
                # The program's own requests fill the queue.
                sleep_us(1000)
