# Puts the board's modules in place of the unix port's.
import builtins
import os
import sys
import console

# Modules that reach the host and that no board has in this form.
_ABSENT = ("ffi", "jni", "termios", "socket", "ssl", "tls", "websocket")

_INTERNAL = (
    "runtime",
    "interrupt",
    "link",
    "flash",
    "modules",
    "console",
    "executor",
    "absent",
    "board_sys",
    "board_os",
    "board_vfs",
    "board_machine",
    "board_timer",
    "board_time",
    "board_select",
    "board_micropython",
)

_modules = sys.modules
_path = sys.path
_umount = os.umount
_mount = os.mount
_chdir = os.chdir


def install():
    import absent
    import board_sys
    import board_os
    import board_vfs
    import board_machine
    import board_time
    import board_select
    import board_micropython

    for name, module in (
        ("sys", board_sys),
        ("os", board_os),
        ("vfs", board_vfs),
        ("machine", board_machine),
        ("time", board_time),
        ("select", board_select),
        ("micropython", board_micropython),
    ):
        # The old names with a leading u would lead to the originals.
        module.__name__ = name
        del module.__file__
        _modules[name] = _modules["u" + name] = module
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
