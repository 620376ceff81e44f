# `machine.UART` of the board.
import io
from time import sleep_ms, ticks_diff, ticks_ms
import bus
import opcodes

_POLL = 3
_POLLIN, _POLLOUT = 1, 4
_EINVAL = 22

_ALL = 1 << 30


class UART(io.IOBase):
    def __init__(self, id, *settings, **named):
        if id not in (0, 1):
            raise ValueError("UART({}) doesn't exist".format(id))
        self._id = id
        self._baudrate = 115200
        self._timeout = 0
        self._timeout_char = 0
        self.init(*settings, **named)

    def init(
        self,
        baudrate=None,
        bits=8,
        parity=None,
        stop=1,
        *,
        tx=None,
        rx=None,
        txbuf=None,
        rxbuf=None,
        timeout=None,
        timeout_char=None,
    ):
        if bits not in (7, 8) or parity not in (None, 0, 1) or stop not in (1, 2):
            raise ValueError("invalid frame")
        if baudrate is not None:
            if baudrate <= 0:
                raise ValueError("invalid baudrate")
            self._baudrate = baudrate
        if timeout is not None:
            self._timeout = timeout
        if timeout_char is not None:
            self._timeout_char = timeout_char

    def deinit(self):
        pass

    def any(self):
        return bus.number(self._do(opcodes.CALL_UART_ANY, b"", 0))

    def read(self, nbytes=-1):
        return self._gather(opcodes.CALL_UART_READ, _ALL if nbytes is None or nbytes < 0 else nbytes)

    def readline(self, nbytes=-1):
        return self._gather(opcodes.CALL_UART_READ_LINE, _ALL if nbytes < 0 else nbytes)

    def readinto(self, buf, nbytes=-1):
        view = memoryview(buf)
        data = self._gather(opcodes.CALL_UART_READ, len(view) if nbytes < 0 else min(nbytes, len(view)))
        if data is None:
            return None
        view[: len(data)] = data
        return len(data)

    def write(self, buf, *part):
        # As streams in C have it, the part is a length, or an offset and a length.
        data = memoryview(buf)
        if part:
            start = part[0] if len(part) == 2 else 0
            data = data[start : start + part[-1]]
        self._do(opcodes.CALL_UART_WRITE, data, 0)
        return len(data)

    def flush(self):
        pass

    def txdone(self):
        return True

    def sendbreak(self):
        self._do(opcodes.CALL_UART_BREAK, b"", 0)

    def ioctl(self, request, argument):
        if request != _POLL:
            return -_EINVAL
        return argument & ((_POLLIN if self.any() else 0) | _POLLOUT)

    def __repr__(self):
        return "UART({}, baudrate={}, timeout={}, timeout_char={})".format(
            self._id, self._baudrate, self._timeout, self._timeout_char
        )

    def _gather(self, step, count):
        # Waits the one time for the first byte, and the other for every byte behind it.
        data = b""
        since = ticks_ms()
        while len(data) < count:
            more = self._do(step, b"", count - len(data))
            if more:
                data += more
                since = ticks_ms()
                if step == opcodes.CALL_UART_READ_LINE and data[-1] == 10:
                    break
            elif ticks_diff(ticks_ms(), since) >= (self._timeout_char if data else self._timeout):
                break
            else:
                sleep_ms(1)
        return data if data or not count else None

    def _do(self, step, data, count):
        return bus.call(step, self._id, data, count)
