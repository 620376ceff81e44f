# Puts the board's modules in place of the unix port's.
import builtins
import gc
import os
import sys
import console
import firmware
import interrupt
import link
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

_INTERNAL = (
    "runtime",
    "opcodes",
    "firmware",
    "interrupt",
    "link",
    "flash",
    "modules",
    "console",
    "executor",
    "tables",
    "circuit",
    "circuit_hashlib",
    "board_socket",
) + _PARTS

_root = _serve = None
_path_of_programs = ("", ".frozen", "/lib")
_modules = sys.modules
_path = sys.path
_umount = os.umount
_mount = os.mount
_chdir = os.chdir


# What the board has changes for. Each part has the names as they are to be, and beside them those
# that reach the host.
_CHANGED = ("sys", "os", "vfs", "time", "select", "micropython")


def install():
    for name in _HOST_ONLY:
        _take_module(name)
    if interrupt.start_new_thread:
        tables.put(__import__("_thread"), "start_new_thread", interrupt.start_new_thread)
    if firmware.CIRCUITPYTHON:
        built_in = _install_circuitpython()
    else:
        built_in = _install_micropython()
    for name in firmware.WITHOUT:
        _take(name)
    if not firmware.FILES_FIRST:
        # What is loaded is not looked for.
        for name in built_in:
            try:
                _modules[name] = __import__(name)
            except ImportError:
                pass
    builtins.input = console.ask


def _install_micropython():
    machine = __import__("machine")
    _load(_PARTS)
    for name in _CHANGED:
        _change(name, "board_")
    if firmware.SOCKETS:
        __import__("board_socket")
        _change("socket", "board_")
    else:
        _take_module("socket")
    _rename("machine", "board_")
    tables.replace(machine, _modules["board_machine"])
    # A board has this one frozen.
    _modules["neopixel"] = _rename("neopixel", "board_")
    return _BUILT_IN


def _install_circuitpython():
    import circuit

    global _path_of_programs, _INTERNAL, _root, _serve
    _load(circuit.PARTS)
    _root = _modules["circuit_storage"]
    _modules["executor"].record = _root._record
    _serve = _modules["circuit_files"].serve
    _INTERNAL += circuit.PARTS
    _path_of_programs = circuit.PATH
    link.texts = circuit.TEXTS
    for name in circuit.CHANGED:
        __import__("circuit_" + name)
    for name, names in circuit.GONE_NAMES.items():
        module = __import__(name)
        for gone in names.split():
            if hasattr(module, gone):
                tables.erase(module, gone)
    for name in circuit.CHANGED:
        _change(name, "circuit_")
    for name in circuit.GONE:
        _take_module(name)
    for name in circuit.NEW:
        tables.add(_rename(name, "circuit_"))
    return [name for name in _BUILT_IN + circuit.NEW if name not in circuit.GONE]


def _load(parts):
    for part in parts:
        __import__(part)
        # What the compiler leaves behind must not lie between what stays.
        gc.collect()


def _change(name, prefix):
    module = __import__(name)
    part = _modules[prefix + name]
    for gone in getattr(part, "_HOST_ONLY", ()):
        tables.erase(module, gone)
    for changed in dir(part):
        if changed[0] != "_":
            tables.put(module, changed, getattr(part, changed))
    for method, function in getattr(part, "_METHODS", {}).items():
        tables.put(part._type, method, function)


def _rename(name, prefix):
    module = _modules[prefix + name]
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
    if volume:
        _mount(volume, "/")
    else:
        _mount(_root._begin(), "/", readonly=_root._fact(_root._opcodes.FACT_READ_ONLY) != 0)
    _chdir("/")
    _path[:] = _path_of_programs
    if firmware.CIRCUITPYTHON and firmware.SERVES_FILES:
        _serve()
        link.serving = link.listening = True


def forget():
    # Drops the modules that programs on the board have loaded.
    _modules.clear()
