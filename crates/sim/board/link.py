# Frames to the host side, and its commands.
#
# A frame travels in the same pipe as what the program prints, so that both keep
# their order: mark (8 random bytes), kind (1), length (2, little-endian), payload.
# A frame never exceeds 4096 bytes, because up to that size a write to a pipe is
# all or nothing, also when a signal arrives or another thread prints.
import io
import opcodes
import select
import sys
from time import sleep_ms
import binascii

LIMIT = 4000

# The real ones: they may be replaced or taken away later.
print_exception = sys.print_exception
_StringIO = io.StringIO

_mark = binascii.unhexlify(sys.argv[2])
folder = sys.argv[1]
is_darwin = sys.platform == "darwin"
cause = int(sys.argv[7])
_out = open(1, "wb")
_commands = open(2, "rb")
_mailbox = open(folder + "/mailbox", "rb")

# Whether timers run. Their callbacks have their turn where the virtual machine jumps, so
# whoever waits for something looks up every millisecond while they do.
ticking = False

# Whether the host side may want something of the files at any time.
serving = False

# The ends of tracebacks that the firmware has another text for, and that.
texts = ()

# The same for pins with handlers.
listening = False

_command = select.poll()
_command.register(_commands, select.POLLIN)

# A command's header: kind (1), flags (1), unused (2), sequence number (4),
# length of the text in the mailbox (4), unused (4). A kind of 0 means that none
# has been read, which survives an interrupt at any point of the reading.
header = bytearray(16)


_off = _mark + bytes((opcodes.REPORT_POWER_FAILED, 0, 0))
_nothing = bytearray(1)


def power_failed():
    # The host side ends this process when it reads that. Nothing here allocates.
    _out.write(_off)
    while True:
        try:
            while True:
                _commands.readinto(_nothing)
        except BaseException:
            pass


def send(kind, payload):
    # Straight-line code: nothing here is a point where an interrupt is raised.
    n = len(payload)
    _out.write(_mark + bytes((kind, n & 255, n >> 8)) + payload)


def send_all(kind, data):
    data = memoryview(data)
    for start in range(0, len(data), LIMIT):
        send(kind, bytes(data[start : start + LIMIT]))


def wait(poller):
    # Until there is something to read, but only while there can be callbacks.
    while ticking or listening:
        for _ in poller.ipoll(1):
            return


def receive(into):
    # Fills a header; false when the host side is gone.
    wait(_command)
    return _commands.readinto(into) == 16


def text(length):
    _mailbox.seek(0)
    return _mailbox.read(length)


def hidden(error):
    # The traceback as a board would print it, without the frames of this folder; `None` if it
    # has none.
    stream = _StringIO()
    print_exception(error, stream)
    text = stream.getvalue()
    mark = '  File "' + folder
    if mark not in text:
        return None
    lines = [line for line in text.split("\n") if not line.startswith(mark)]
    if lines[0].startswith("Traceback") and not lines[1].startswith("  File"):
        del lines[0]
    return "\n".join(lines)


def describe(error):
    text = hidden(error)
    if text is None:
        stream = _StringIO()
        print_exception(error, stream)
        text = stream.getvalue()
    for found, wanted in texts:
        if text.endswith(found):
            text = text[: -len(found)] + wanted
    return text


def fail(error):
    send_all(opcodes.REPORT_FAILED, describe(error).encode())
    sleep_ms(1)
