# The tables of names that are compiled into the engine: its modules, what these hold, and the
# methods of its types. A board has modules of its own in place of some of the engine's, and lacks
# others; an import still does what the engine has it do, such as looking into the file system first.
import struct
import sys
import interrupt

try:
    import ffi
    import uctypes

    _libc = interrupt.open_libc(ffi)
except ImportError:
    _libc = None

_WRITABLE = 3  # PROT_READ | PROT_WRITE
_PAGE = 4096

# The two tables of modules lie one behind the other, with less than half of this in all.
_AROUND = 2048

# Whatever only the engine's tables lead to stays referenced for ever.
_kept = []


def _entry(module):
    # The name of a module and its address, as the table has them.
    return id(module.__name__).to_bytes(8, sys.byteorder) + id(module).to_bytes(8, sys.byteorder)


def _find(entry):
    # The tables are not far from the modules.
    start = id(sys) & -_PAGE
    for distance in range(64):
        for page in (start - distance * _PAGE, start + distance * _PAGE):
            if interrupt.is_memory(_libc, page, _PAGE):
                at = uctypes.bytes_at(page, _PAGE).find(entry)
                if at >= 0:
                    return page + at
    return None


_modules = _find(_entry(sys)) if _libc else None

# Whether the tables can be changed.
known = _modules is not None


def _words(address, count):
    return struct.unpack("%dQ" % count, uctypes.bytes_at(address, 8 * count))


def _write(address, word):
    page = address & -_libc.func("i", "getpagesize", "")()
    _libc.func("i", "mprotect", "PLi")(page, address + 8 - page, _WRITABLE)
    uctypes.bytearray_at(address, 8)[:] = word.to_bytes(8, sys.byteorder)


def _address(module):
    at = uctypes.bytes_at(_modules - _AROUND, 2 * _AROUND).find(_entry(module))
    return _modules - _AROUND + at if at >= 0 else None


def replace(module, other):
    # An import gives the other module instead of this one, which an engine has built in.
    address = _address(module)
    _kept.append(other)
    _write(address + 8, id(other))


def remove(module):
    # Nothing can import this module of the engine any more.
    address = _address(module)
    if address is not None:
        _write(address, 0)


def erase(owner, name):
    # Takes a name from a module or a type. Either points to a dictionary: four words, its type
    # first, the number of entries above three flags second, and the table fourth.
    if _libc is None:
        return
    for address in _words(id(owner), 14):
        if address % 8 or not 0x10000 < address < 1 << 47 or not interrupt.is_memory(_libc, address, 32):
            continue
        kind, length, _, table = _words(address, 4)
        if kind == id(dict):
            for at in range(table, table + (length >> 3) * 16, 16):
                if _words(at, 1) == (id(name),):
                    _write(at, 0)
