# Puts the board's modules in place of the unix port's.
import builtins
import gc
import os
import sys
import console
import tables

# What no board has in this form, or the board of `without`: modules that reach the host.
_HOST_ONLY = ("ffi", "jni", "termios", "socket", "ssl", "tls", "websocket")

# What an engine may have built in, beside what the board has its own of.
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
    "math",
    "platform",
    "random",
    "re",
    "struct",
    "uctypes",
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

_INTERNAL = ("runtime", "interrupt", "link", "flash", "modules", "console", "executor", "tables") + _PARTS

_modules = sys.modules
_path = sys.path
_umount = os.umount
_mount = os.mount
_chdir = os.chdir


# What the board has a module of its own for, where the engine has one.
_OWN = ("sys", "os", "vfs", "machine", "time", "select", "micropython")


def install(files_first, without):
    engine = [__import__(name) for name in _OWN]
    for part in _PARTS:
        __import__(part)
        # What the compiler leaves behind must not lie between what stays.
        gc.collect()
    for name, module in zip(_OWN, engine):
        own = _modules["board_" + name]
        own.__name__ = name
        del own.__file__
        if tables.known:
            tables.replace(module, own)
        else:
            _modules[name] = _modules["u" + name] = own
    # Not in a table, but built in as well.
    _modules["usys"] = _modules["board_sys"]
    # A board has this one frozen.
    _modules["neopixel"] = neopixel = _modules["board_neopixel"]
    neopixel.__name__ = "neopixel"
    del neopixel.__file__
    for name in _HOST_ONLY:
        _take_module(name)
    for name in without:
        _take(name)
    if not files_first:
        # What is loaded is not looked for.
        for name in _OWN + _BUILT_IN:
            try:
                _modules[name] = __import__(name)
            except ImportError:
                pass
    builtins.input = console.ask


def _take_module(name):
    try:
        module = __import__(name)
    except ImportError:
        return
    _modules.pop(name, None)
    if tables.known:
        tables.remove(module)
    else:
        # It can be imported and holds nothing.
        _modules[name] = _modules["u" + name] = None


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
        delattr(owner, name)
    except (AttributeError, KeyError):
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
