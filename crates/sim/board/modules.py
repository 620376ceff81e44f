# Puts the board's modules in place of the unix port's.
import builtins
import gc
import os
import sys
import console
import tables

# Modules that reach the host.
_HOST_ONLY = ("ffi", "jni", "termios")

# What an engine may have built in.
_BUILT_IN = (
    "_asyncio",
    "_thread",
    "array",
    "binascii",
    "builtins",
    "cmath",
    "collections",
    "cryptolib",
    "deflate",
    "errno",
    "framebuf",
    "gc",
    "hashlib",
    "heapq",
    "io",
    "json",
    "machine",
    "math",
    "micropython",
    "os",
    "platform",
    "random",
    "re",
    "select",
    "socket",
    "struct",
    "sys",
    "time",
    "uctypes",
    "vfs",
    "websocket",
    "zlib",
)

# Each needs only those before it.
_PARTS = (
    "bus",
    "board_sys",
    "board_os",
    "board_vfs",
    "board_irq",
    "board_pin",
    "board_timer",
    "board_analog",
    "board_i2c",
    "board_spi",
    "board_uart",
    "board_clock",
    "board_pulses",
    "board_machine",
    "board_neopixel",
    "board_time",
    "board_select",
    "board_micropython",
)

_INTERNAL = ("runtime", "opcodes", "interrupt", "link", "flash", "modules", "console", "executor", "tables", "board_socket") + _PARTS

_modules = sys.modules
_path = sys.path
_umount = os.umount
_mount = os.mount
_chdir = os.chdir


# What the board has changes for. Each part has the names as they are to be, and beside them those
# that reach the host.
_CHANGED = ("sys", "os", "vfs", "time", "select", "micropython")


def install(files_first, sockets, without):
    machine = __import__("machine")
    for part in _PARTS:
        __import__(part)
        # What the compiler leaves behind must not lie between what stays.
        gc.collect()
    for name in _CHANGED:
        _change(name)
    if sockets:
        __import__("board_socket")
        _change("socket")
    else:
        _take_module("socket")
    _rename("machine")
    tables.replace(machine, _modules["board_machine"])
    # A board has this one frozen.
    _modules["neopixel"] = _rename("neopixel")
    for name in _HOST_ONLY:
        _take_module(name)
    for name in without:
        _take(name)
    if not files_first:
        # What is loaded is not looked for.
        for name in _BUILT_IN:
            try:
                _modules[name] = __import__(name)
            except ImportError:
                pass
    builtins.input = console.ask


def _change(name):
    module = __import__(name)
    part = _modules["board_" + name]
    for gone in getattr(part, "_HOST_ONLY", ()):
        tables.erase(module, gone)
    for changed in dir(part):
        if changed[0] != "_":
            tables.put(module, changed, getattr(part, changed))
    for method, function in getattr(part, "_METHODS", {}).items():
        tables.put(part._type, method, function)


def _rename(name):
    module = _modules["board_" + name]
    _drop(module, "__file__")
    module.__name__ = name
    return module


def _drop(module, name):
    # What `del` leaves behind in a module makes help() crash.
    names = module.__dict__
    others = [item for item in names.items() if item[0] != name]
    names.clear()
    names.update(others)


def _take_module(name):
    try:
        tables.remove(__import__(name))
    except ImportError:
        pass
    _modules.pop(name, None)


def _take(path):
    # Takes away a module, or a name in a module, an object or a type.
    *owners, name = path.split(".")
    if not owners and not hasattr(builtins, name):
        if name not in _BUILT_IN:
            __import__(name)
        return _take_module(name)
    owner = builtins
    if owners and not hasattr(builtins, owners[0]):
        owner = __import__(owners.pop(0))
    for step in owners:
        owner = getattr(owner, step)
    getattr(owner, name)
    try:
        if isinstance(owner, type(sys)):
            _drop(owner, name)
        else:
            delattr(owner, name)
    except (AttributeError, KeyError, TypeError):
        # It lies in a table of the engine's.
        tables.erase(owner, name)
    if hasattr(owner, name):
        raise NotImplementedError("this engine cannot do without " + path)


def close_host(volume):
    # The last step: the host's file system goes, and with it the way to the parts
    # of which the board is made.
    for name in _INTERNAL:
        _modules.pop(name, None)
    _umount("/")
    _mount(volume, "/")
    _chdir("/")
    _path[:] = ["", ".frozen", "/lib"]


def forget():
    # Drops the modules that programs on the board have loaded.
    _modules.clear()
