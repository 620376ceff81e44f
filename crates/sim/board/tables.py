# The tables of names that are compiled into the engine: its modules, what these hold, and the
# methods of its types. A board's modules are the engine's own with some entries changed, so that
# whatever else a program sees of them, and how it imports them, is the interpreter's doing.
import struct
import sys
import uctypes
import interrupt

_WRITABLE = 3  # PROT_READ | PROT_WRITE
_PAGE = 4096

# Bytes of a word, and its letter for `struct`.
_WORD, _LETTER = (8, "Q") if sys.maxsize > 1 << 32 else (4, "I")

# The two tables of modules lie one behind the other, with less than half of this in all.
_AROUND = 2048

# Whatever only the tables lead to stays referenced for ever.
_kept = []

# Where the table of modules has room.
_free = []

_modules_of_programs = sys.modules

try:
    import ffi

    _libc = interrupt.open_libc(ffi)
    _mprotect = _libc.func("i", "mprotect", "PLi")
    _page_size = _libc.func("i", "getpagesize", "")()
except ImportError:
    # Linux lets a process write here whatever the protection of a page is.
    _libc = None
    _memory = open("/proc/self/mem", "r+b")


def _words(address, count):
    return struct.unpack(str(count) + _LETTER, uctypes.bytes_at(address, _WORD * count))


def _is_memory(start, size):
    if _libc:
        return interrupt.is_memory(_libc, start, size)
    try:
        _memory.seek(start)
        return len(_memory.read(size)) == size
    except (OSError, OverflowError):
        return False


def _write(address, word):
    if not _libc:
        _memory.seek(address)
        _memory.write(struct.pack(_LETTER, word))
        return
    page = address & -_page_size
    if _mprotect(page, address + _WORD - page, _WRITABLE):
        raise OSError("the engine's tables are read-only")
    uctypes.bytearray_at(address, _WORD)[:] = struct.pack(_LETTER, word)


def _entry(module):
    # The name of a module and its address, as the table has them.
    return struct.pack("2" + _LETTER, id(module.__name__), id(module))


def _find(entry):
    # The tables are not far from the modules.
    start = id(sys) & -_PAGE
    for distance in range(256):
        for page in (start - distance * _PAGE, start + distance * _PAGE):
            if _is_memory(page, _PAGE):
                at = uctypes.bytes_at(page, _PAGE).find(entry)
                if at >= 0:
                    return page + at
    raise NotImplementedError("the engine's modules are not where they are expected")


_modules = _find(_entry(sys)) - _AROUND


def _module(module):
    at = uctypes.bytes_at(_modules, 2 * _AROUND).find(_entry(module))
    return _modules + at if at >= 0 else None


def replace(module, other):
    # An import gives the other module instead of this one.
    _kept.append(other)
    _write(_module(module) + _WORD, id(other))


def remove(module):
    # Nothing can import this module any more. What is frozen is none of these.
    address = _module(module)
    if address is not None:
        _write(address, 0)
        _free.append(address)


class _Names:
    pass


def _interned(name):
    # The one text that all who name it have. The compiler has it of names, and not of long literals.
    setattr(_Names, name, None)
    for found in dir(_Names):
        if found == name:
            return found


def add(module):
    # An import finds the module, in the place of one that was removed.
    _kept.append(module)
    module.__name__ = _interned(module.__name__)
    # Without room, it is found among the modules that are loaded.
    _modules_of_programs[module.__name__] = module
    if _free:
        address = _free.pop(0)
        _write(address + _WORD, id(module))
        _write(address, id(module.__name__))


def _name(owner, key):
    # Where a module or a type has a name. Either points to a dictionary: four words, its type
    # first, the number of entries above three flags second, and the table fourth.
    for address in _words(id(owner), 14):
        if address % _WORD or not 0x8000 < address < 1 << 47 or not _is_memory(address, 4 * _WORD):
            continue
        kind, length, _, table = _words(address, 4)
        if kind == id(dict):
            for at in range(table, table + (length >> 3) * 2 * _WORD, 2 * _WORD):
                if _words(at, 1) == (key,):
                    return at
    return None


def erase(owner, name):
    # Takes a name from a module or a type.
    address = _name(owner, id(name))
    if address is not None:
        _write(address, 0)


def put(owner, name, value):
    # Changes a name of a module or a type, or adds one in the place of one that was erased.
    address = _name(owner, id(name)) or _name(owner, 0)
    _kept.append(value)
    _write(address, id(name))
    _write(address + _WORD, id(value))
