# Puts the board's modules in place of the unix port's.
import builtins
import gc
import os
import sys
import console

# Modules that reach the host and that no board has in this form.
_ABSENT = ("ffi", "jni", "termios", "socket", "ssl", "tls", "websocket")

# Each needs only those before it.
_PARTS = (
    "absent",
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

_INTERNAL = ("runtime", "interrupt", "link", "flash", "modules", "console", "executor") + _PARTS

_modules = sys.modules
_path = sys.path
_umount = os.umount
_mount = os.mount
_chdir = os.chdir


def install():
    for part in _PARTS:
        __import__(part)
        # What the compiler leaves behind must not lie between what stays.
        gc.collect()
    for name in ("sys", "os", "vfs", "machine", "time", "select", "micropython", "neopixel"):
        # The old names with a leading u would lead to the originals.
        module = _modules["board_" + name]
        module.__name__ = name
        del module.__file__
        _modules[name] = _modules["u" + name] = module
    absent = _modules["absent"]
    del absent.__file__
    for name in _ABSENT:
        _modules[name] = _modules["u" + name] = absent
    builtins.input = console.ask


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
