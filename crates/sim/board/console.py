# `sys.stdin`, `sys.stdout` and `input` as a board has them.
#
# Text goes out as it is and gets its carriage returns on the host side; bytes
# written to `sys.stdout.buffer` must not, and travel in frames.
import io
import select
import sys
import link
import opcodes

_stdin = sys.stdin
_stdout = sys.stdout
_bytes = open(0, "rb")

_typed = select.poll()
_typed.register(0, select.POLLIN)

_GET_FILENO = 10
_EINVAL = 22


class FileIO(io.IOBase):
    def write(self, data, *part):
        # As streams in C have it, the part is a length, or an offset and a length.
        if isinstance(data, str):
            data = data.encode()
        if part:
            start = part[0] if len(part) == 2 else 0
            data = memoryview(data)[start : start + part[-1]]
        link.send_all(opcodes.REPORT_OUTPUT, data)
        return len(data)

    def flush(self):
        pass

    def fileno(self):
        return 1


class TextIOWrapper(io.IOBase):
    # Text in or out; `buffer` is for bytes.
    def __init__(self, descriptor, buffer=None):
        self._descriptor = descriptor
        if buffer:
            self.buffer = buffer

    def read(self, size=-1):
        link.wait(_typed)
        return _stdin.read(size)

    def readline(self, size=-1):
        link.wait(_typed)
        return _stdin.readline(size)

    def readinto(self, buffer, size=-1):
        link.wait(_typed)
        return _bytes.readinto(buffer, len(buffer) if size < 0 else size)

    def write(self, data, *part):
        return _stdout.write(data, *part)

    def flush(self):
        pass

    def ioctl(self, request, _argument):
        # What `select.poll` waits on is the pipe itself.
        return self._descriptor if request == _GET_FILENO else -_EINVAL

    def fileno(self):
        return self._descriptor


stdin = TextIOWrapper(0, _bytes)
stdout = TextIOWrapper(1, FileIO())


def text():
    # Both without `buffer`.
    return TextIOWrapper(0), TextIOWrapper(1)


_request = 0
_reply = bytearray(16)
_LINE, _END, _INTERRUPT = 0, 1, 2


def ask(prompt=""):
    # The line editor of the prompt is on the host side, and this borrows it. Each
    # question gets exactly one answer, which is awaited also after an interrupt.
    global _request
    if prompt != "":
        _stdout.write(str(prompt))
    _request = (_request + 1) & 0xFFFF
    link.send(opcodes.REPORT_QUESTION, _request.to_bytes(2, "little"))
    interrupted = False
    _reply[0] = 0
    while not _reply[0]:
        try:
            if not link.receive(_reply):
                raise EOFError
        except KeyboardInterrupt:
            interrupted = True
            link.send(opcodes.REPORT_WITHDRAWN, _request.to_bytes(2, "little"))
    if interrupted or _reply[1] == _INTERRUPT:
        raise KeyboardInterrupt
    if _reply[1] == _END:
        raise EOFError
    return str(link.text(int.from_bytes(_reply[8:12], "little")), "utf-8")
