# `storage` of CircuitPython, and the file system under "/".
#
# A computer and the board may not write at the same time: the board's programs may while the computer does
# not see the drive, or after they have said so in boot.py or with the drive ejected.
import builtins as _builtins
import os as _os
import bus as _bus
import firmware as _firmware
import flash as _flash
import opcodes as _opcodes
import link as _link

_VfsFat = _os.VfsFat
_mount, _umount = _os.mount, _os.umount
_chdir, _getcwd = _os.chdir, _os.getcwd
_open = _builtins.open
_EINVAL, _ENODEV = 22, 19

# While boot.py runs no computer has seen the drive.
_booting = False


def _fact(number):
    return _bus.call(_opcodes.CALL_SUPERVISOR_GET, number)[0]


def _set_fact(number, value):
    _bus.call(_opcodes.CALL_SUPERVISOR_SET, number, value)


def _mount_root(readonly):
    # What a read-only mount has forgotten only a new one knows. There is no jump in between, at which an
    # interrupt could leave the board without a file system.
    folder = _getcwd()
    volume = _VfsFat(_flash.device)
    _umount("/")
    _mount(volume, "/", readonly=readonly)
    _chdir(folder)
    _root._volume = volume


def _as_said():
    _mount_root(_fact(_opcodes.FACT_READ_ONLY) != 0)


def _write_as_host(change, *arguments):
    # Changes the drive as a computer does, or the web workflow; programs see it afterwards.
    if not _fact(_opcodes.FACT_READ_ONLY):
        return change(_root._volume, *arguments)
    try:
        return change(_VfsFat(_flash.device), *arguments)
    finally:
        _as_said()


def _record(text):
    # Keeps what was said at the start; what is the same is not written again.
    global _booting
    _booting = False
    try:
        with _open("/boot_out.txt", "rb") as file:
            same = file.read() == text
    except OSError:
        same = False
    if not same:
        _mount_root(False)
        with _open("/boot_out.txt", "wb") as file:
            file.write(text)
    _as_said()


def _begin():
    # The file system as it is at the start of an interpreter.
    global _booting
    _booting = _link.cause != 5
    _root._volume = _VfsFat(_flash.device)
    return _root._volume


class VfsFat:
    def __init__(self, device):
        self._volume = device and _VfsFat(device)

    @staticmethod
    def mkfs(device):
        _VfsFat.mkfs(device)

    @property
    def readonly(self):
        return self is _root and _fact(_opcodes.FACT_READ_ONLY) != 0

    label = "CIRCUITPY"

    def __getattr__(self, name):
        return getattr(self._volume, name)


_root = VfsFat(None)
_mounted = {"/": _root}


def mount(filesystem, mount_path, *, readonly=False):
    if not isinstance(filesystem, VfsFat):
        raise TypeError("filesystem must be of type VfsFat")
    _mount(filesystem._volume, mount_path, readonly=readonly)
    _mounted[mount_path] = filesystem


def umount(mount):
    for path, filesystem in list(_mounted.items()):
        if path == mount or filesystem is mount:
            if filesystem is _root:
                raise OSError(_EINVAL)
            _umount(path)
            del _mounted[path]
            return
    raise OSError(_EINVAL)


def getmount(mount_path):
    found = _mounted.get(mount_path)
    if found is None:
        raise OSError(_EINVAL)
    return found


def remount(mount_path, readonly=False, *, disable_concurrent_write_protection=False):
    if getmount(mount_path) is not _root:
        return
    seen = _fact(_opcodes.FACT_DRIVE_ENABLED) and not _fact(_opcodes.FACT_DRIVE_EJECTED)
    if seen and not _booting:
        raise RuntimeError("Cannot remount path when visible via USB.")
    _set_fact(_opcodes.FACT_READ_ONLY, 1 if readonly else 0)
    _as_said()


def disable_usb_drive():
    if not _booting:
        raise RuntimeError("Cannot change USB devices now")
    _present(False)


def erase_filesystem(extended=None):
    _flash.format(_flash.device)
    _link.send(_opcodes.REPORT_RESET, b"")


def _present(enabled):
    _set_fact(_opcodes.FACT_DRIVE_ENABLED, 1 if enabled else 0)
    _set_fact(_opcodes.FACT_READ_ONLY, 1 if enabled else 0)
    _as_said()


def enable_usb_drive():
    if not (_booting or _firmware.TAKES_DRIVE):
        raise RuntimeError("Cannot change USB devices now")
    if not _fact(_opcodes.FACT_DRIVE_HIDDEN):
        _present(True)


if _firmware.TAKES_DRIVE:

    def unsafe_disable_usb_drive():
        _present(False)
