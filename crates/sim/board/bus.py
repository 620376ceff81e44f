# Calls to the host side, where the world that the board's peripherals are wired to is kept.
#
# Each call has a connection of its own, so an interrupt at any point of it, a callback that
# makes another in its middle, and threads disturb nobody. A request is its length (4 bytes,
# little-endian), the number of this start of the board (4), the call (1) and fields: whole
# numbers of 8 bytes, and bytes behind their length (4). The answer is its length (4), an
# error number or 0 (1), and bytes.
import struct
import link

try:
    import socket
except ImportError:
    socket = None

# A board's own may reach less.
_connect = socket and socket.socket.connect

with open(link.folder + "/bus", "rb") as _file:
    _start = _file.read(4)
    _path = _file.read()


def connect():
    if socket is None:
        raise NotImplementedError("the interpreter of this board has no sockets")
    # An address as the system has it: on macOS with its length in front of the family.
    family = bytes((len(_path) + 3, socket.AF_UNIX)) if link.is_darwin else struct.pack("H", socket.AF_UNIX)
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    _connect(line, family + _path + b"\0")
    return line


def post(line, call, fields):
    parts = [_start, bytes((call,))]
    for field in fields:
        if isinstance(field, (int, bool)):
            parts.append(struct.pack("<q", field))
        else:
            data = bytes(memoryview(field))
            parts.append(struct.pack("<I", len(data)))
            parts.append(data)
    request = b"".join(parts)
    line.write(struct.pack("<I", len(request)) + request)


def call(call, *fields):
    line = connect()
    try:
        post(line, call, fields)
        length, error = struct.unpack("<IB", line.read(5))
        answer = line.read(length) if length else b""
    finally:
        line.close()
    if error:
        raise OSError(error)
    return answer


def number(answer):
    return int.from_bytes(answer, "little")
