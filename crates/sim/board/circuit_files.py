# Does for the host side what it wants of the files: a computer that has mounted the drive, and the web
# workflow, are no programs of the board.
#
# The host side keeps a request until it has been answered, so one that is interrupted is done again.
import struct
import board_irq
import bus
import circuit_storage
import interrupt
import opcodes

_LIST, _READ, _WRITE, _MKDIR, _REMOVE, _RENAME, _SPACE, _STAT = 1, 2, 3, 4, 5, 6, 7, 8
_FOLDER = 0x4000
_EIO, _ENOMEM = 5, 12


def serve():
    board_irq.listen(opcodes.CALL_FILES_LISTEN, _turn)


def _turn(_):
    # An interrupt is the program's, which hears of it behind the turn: from there on there are no jumps
    # up to its own.
    pass_on = _nothing
    while True:
        try:
            _work()
            break
        except KeyboardInterrupt:
            if interrupt.again is None:
                raise
            pass_on = interrupt.again
    pass_on()


def _nothing():
    pass


def _work():
    while True:
        request = bus.call(opcodes.CALL_FILES_TAKE)
        if not request:
            return
        try:
            answer = b"\0" + _do(request)
        except OSError as error:
            answer = bytes((error.errno or _EIO,))
        except MemoryError:
            answer = bytes((_ENOMEM,))
        except Exception:
            answer = bytes((_EIO,))
        bus.call(opcodes.CALL_FILES_ANSWER, int.from_bytes(request[:4], "little"), answer)


def _do(request):
    kind = request[4]
    end = 7 + int.from_bytes(request[5:7], "little")
    path = str(request[7:end], "utf-8")
    rest = request[end:]
    volume = circuit_storage._root._volume
    if kind == _LIST:
        return b"".join([_entry(volume, path, entry[0]) for entry in volume.ilistdir(path)])
    if kind == _STAT:
        return _entry(volume, path, "")
    if kind == _READ:
        with volume.open(path, "rb") as file:
            file.seek(int.from_bytes(rest[:4], "little"))
            return file.read(int.from_bytes(rest[4:8], "little"))
    if kind == _SPACE:
        facts = volume.statvfs(path)
        return struct.pack("<3I", facts[1], facts[2], facts[3])
    return circuit_storage._write_as_host(_change, kind, path, rest)


def _entry(volume, folder, name):
    path = folder.rstrip("/") + "/" + name if name else folder
    if path == "/":
        facts = (_FOLDER, 0, 0, 0, 0, 0, 0, 0, 0)
    else:
        facts = volume.stat(path)
    name = name.encode()
    is_folder = facts[0] & _FOLDER
    size = 0 if is_folder else facts[6]
    return struct.pack("<BIqB", 1 if is_folder else 0, size, facts[8], len(name)) + name


def _change(volume, kind, path, rest):
    if kind == _WRITE:
        offset = int.from_bytes(rest[:4], "little")
        with volume.open(path, "r+b" if offset else "wb") as file:
            file.seek(offset)
            file.write(rest[4:])
    elif kind == _MKDIR:
        volume.mkdir(path)
    elif kind == _REMOVE:
        _remove(volume, path)
    else:
        volume.rename(path, str(rest, "utf-8"))
    return b""


def _remove(volume, path):
    if volume.stat(path)[0] & _FOLDER:
        for entry in list(volume.ilistdir(path)):
            _remove(volume, path + "/" + entry[0])
        volume.rmdir(path)
    else:
        volume.remove(path)
