# Runs what the host side sends, and says how it ended.
#
# An interrupt is sent only while a command is outstanding, but may arrive when its
# program is already done, so every step of `serve` can be repeated: a command's
# header stays set until its end has been reported, and a report that goes out
# twice carries the same sequence number.
import builtins
import gc
import sys
import micropython
import interrupt
import link
import opcodes
import modules

_OK, _ERROR, _EXIT = 0, 1, 2

# Keeps what CircuitPython says at its start.
record = None

_INTERRUPTED = (_ERROR, b"KeyboardInterrupt: \n")
_NO_MEMORY = (_ERROR, b"MemoryError: \n")
_FULL = (_ERROR, b"MemoryError: memory allocation failed, allocating 512 bytes\n")

_version = sys.version
_machine = sys.implementation._machine
# Whether an interrupt has come for a program that has not begun, and whether the program
# of this command has.
_early = False
_started = False

# Memory for reports when a program has left none. Firmware needs none for them.
# Pieces, because what a report leaves behind may lie between them.
_RESERVE = 16
_reserve = [bytearray(512) for _ in range(_RESERVE)]

_heap_lock = micropython.heap_lock
_heap_unlock = micropython.heap_unlock

_once = (0,)

_compile = compile
_exec = exec
_open = open


def serve(names):
    global _early, _started
    header = link.header
    report = None
    full = None
    tries = 3
    greeted = False
    while True:
        try:
            if full:
                while _heap_unlock():
                    pass
                _reserve.clear()
                report = report or _failed(full)
                full = None
            if not greeted:
                _hello()
                greeted = True
            while True:
                if report is None:
                    if not header[0] and not link.receive(header):
                        return
                    if header[0] == opcodes.ORDER_QUIT:
                        return _close(names)
                    report = _carry_out(header, names)
                    _started = False
                _report(header, *report)
                header[0] = 0
                report = None
                tries = 3
                if len(_reserve) < _RESERVE:
                    _set_aside()
        except KeyboardInterrupt:
            if report is None and _started:
                report = _INTERRUPTED
            else:
                # Meant for the next program, or for the one that has just ended. In the
                # second case the next command is no program, but a `SYNC`.
                _early = True
        except MemoryError as error:
            if not tries:
                raise
            tries -= 1
            full = error
            # Firmware reports without memory, also when a program has locked it.
            _heap_lock()


def _set_aside():
    try:
        while len(_reserve) < _RESERVE:
            _reserve.append(bytearray(512))
    except MemoryError:
        # What is left is not for programs: on firmware it would not be there.
        return False
    return True


def _failed(error):
    _reserve.clear()
    try:
        return (_ERROR, link.describe(error).encode())
    except MemoryError:
        return _NO_MEMORY


def _hello():
    machine = "Belay simulated board with " + _machine
    nudges = "yes" if interrupt.again else "no"
    link.send(opcodes.REPORT_HELLO, "\n".join((_version, machine, nudges)).encode())


def _report(header, status, text):
    # The number of each piece lets a report that was broken off start again.
    for number in range(0, len(text), link.LIMIT - 2):
        piece = text[number : number + link.LIMIT - 2]
        link.send(opcodes.REPORT_TEXT, (b"\0" if number else b"\1") + piece)
    link.send(opcodes.REPORT_DONE, bytes(header[4:8]) + bytes((status, 1 if text else 0)))


def _carry_out(header, names):
    global _early
    kind = header[0]
    length = int.from_bytes(header[8:12], "little")
    if kind == opcodes.ORDER_EXEC:
        if not _set_aside():
            return _FULL
        return _run(link.text(length), "<stdin>", "single" if header[1] else "exec", names)
    if kind == opcodes.ORDER_FILE:
        return _run_file(str(link.text(length), "utf-8").split("\n"), names)
    if kind == opcodes.ORDER_RECORD:
        record(link.text(length))
    if kind == opcodes.ORDER_CHECK:
        return _check(link.text(length))
    if kind == opcodes.ORDER_COMPLETE:
        return (_OK, _complete(str(link.text(length), "utf-8"), names))
    if kind == opcodes.ORDER_FILES:
        return _files(header[1], link.text(length))
    if kind == opcodes.ORDER_SYNC:
        _early = False
    return (_OK, b"")


# The file that WebREPL has open.
_file = None


def _files(operation, data):
    # Only that a file cannot be opened is noticed.
    global _file
    try:
        if operation == 2:
            return (_OK, _file.read(256))
        if operation == 3:
            _file.write(data)
        elif operation == 4:
            _file.close()
        else:
            _file = _open(str(data, "utf-8"), "wb" if operation else "rb")
    except (OSError, UnicodeError):
        if operation < 2:
            return (_ERROR, b"")
    return (_OK, b"")


def _nothing():
    pass


def _run(source, name, mode, names):
    global _early, _started
    try:
        if mode == "exec":
            names["__file__"] = name
        code = _compile(source, name, mode)
        source = None
        if _early and interrupt.again is None:
            _early = False
            return _INTERRUPTED
        start = interrupt.again if _early else _nothing
        # From here on the program is not run again, and there are no jumps up to its own.
        _started = True
        _early = False
        start()
        _exec(code, names)
        # A ctrl-C that came where the program has no jump counts at its end, as in firmware.
        for _ in _once:
            pass
        return (_OK, b"")
    except SystemExit:
        return (_EXIT, b"")
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and not _started:
            raise
        return _failed(error)


def _run_file(files, names):
    file = None
    for name in files:
        try:
            file = _open(name)
            break
        except OSError:
            pass
    if file is None:
        return (_OK, b"")
    link.send(opcodes.REPORT_PROGRAM, name.encode())
    try:
        source = file.read()
    except Exception as error:
        return _failed(error)
    finally:
        file.close()
    return _run(source, name, "exec", names)


def _check(source):
    # Only whether it parses; nothing runs.
    try:
        _compile(source, "<stdin>", "exec")
    except SyntaxError as error:
        return _failed(error)
    except BaseException:
        pass
    return (_OK, b"")


def _complete(line, names):
    # All names that continue the dotted name at the end of the line, one a line.
    start = len(line)
    while start and (line[start - 1].isalpha() or line[start - 1].isdigit() or line[start - 1] in "_."):
        start -= 1
    path = line[start:].split(".")
    if len(path) == 1:
        found = list(names) + dir(builtins)
    else:
        if path[0] not in names:
            return b""
        owner = names[path[0]]
        for name in path[1:-1]:
            if not hasattr(owner, name):
                return b""
            owner = getattr(owner, name)
        found = dir(owner)
    stem = path[-1]
    found = [name for name in set(found) if name.startswith(stem) and (stem or name[0] != "_")]
    return "\n".join([stem] + sorted(found)).encode()


def _close(names):
    # A soft reset closes what the program left open, so that it reaches flash.
    names.clear()
    modules.forget()
    gc.collect()
    gc.collect()
