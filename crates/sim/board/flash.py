# The flash of the board: a block device over an image file, and LittleFS or, with CircuitPython, FAT on it.
#
# KeyboardInterrupt is raised where the virtual machine jumps, so the methods of
# the device have no branches and no loops: an interrupt must not tear LittleFS
# apart in the middle of an operation, as it cannot where the driver is C. Nor do they
# allocate: a file that nobody closed is closed by the garbage collector, with the heap
# locked, and that writes to the flash. Where there is a choice, a tuple makes it.
import os
import time
import link
from array import array

_ENOSPC = 28
_sleep_us = time.sleep_us

# The words of the plan of faults: which program operation (from 1) meets a power cut, whether
# half of it is done, how many erases there are, and the times of both in microseconds.
_CUT_AT, _HALFWAY, _ERASES, _ERASE_TIME, _PROGRAM_TIME = 0, 1, 2, 3, 4

_PROGRAM = 256  # bytes LittleFS programs at least, as on the RP2
_SECTOR = 512

# What there is on a new drive.
_FOLDERS = (".fseventsd", "lib", "sd")
_FILES = (
    (".fseventsd/no_log", ""),
    (".metadata_never_index", ""),
    (".Trashes", ""),
    ("code.py", 'print("Hello World!")\n'),
    ("settings.toml", ""),
    ("sd/placeholder.txt", "SD cards mounted at /sd will hide this file from Python. SD cards are not visible via USB CIRCUITPY.\n"),
)

# The device under FAT.
device = None


class Flash:
    def __init__(self, image, block_size, block_count, counters, faults):
        self._image = image
        self._size = block_size
        self._erased = b"\xff" * block_size
        self._counters = counters
        # Erases, program operations, programmed bytes; they outlive a reset. The items of
        # an array of "L" are read without allocating, unlike those of "Q".
        self._counts = array("L", (0, 0, 0))
        counters.readinto(self._counts)
        self._faults = faults
        self._plan = array("L", (0, 0, 0, 0, 0))
        self._programs = (self._program, self._fail)
        self._erases = (self._erase, self._refuse)
        self._control = {
            1: lambda _: 0,
            2: lambda _: 0,
            3: lambda _: 0,
            4: lambda _: block_count,
            5: lambda _: block_size,
            6: self._erase_or_refuse,
        }

    def readblocks(self, block, buffer, offset=0):
        self._image.seek(block * self._size + offset)
        self._image.readinto(buffer)

    def writeblocks(self, block, buffer, offset=0):
        self._read_plan()
        self._image.seek(block * self._size + offset)
        self._programs[self._counts[1] + 1 == self._plan[_CUT_AT]](buffer)

    def ioctl(self, operation, argument):
        return self._control[operation](argument)

    def _program(self, buffer):
        self._image.write(buffer)
        _sleep_us(self._plan[_PROGRAM_TIME])
        self._count(0, 1, len(buffer))

    def _fail(self, buffer):
        self._image.write(buffer, len(buffer) * self._plan[_HALFWAY] // 2)
        link.power_failed()

    def _erase_or_refuse(self, block):
        self._read_plan()
        return self._erases[self._counts[0] >= self._plan[_ERASES]](block)

    def _erase(self, block):
        self._image.seek(block * self._size)
        self._image.write(self._erased)
        _sleep_us(self._plan[_ERASE_TIME])
        self._count(1, 0, 0)
        return 0

    def _refuse(self, _block):
        return -_ENOSPC

    def _read_plan(self):
        # The host side changes it at any time.
        self._faults.seek(0)
        self._faults.readinto(self._plan)

    def _count(self, erases, programs, programmed):
        counts = self._counts
        counts[0] += erases
        counts[1] += programs
        counts[2] += programmed
        self._counters.seek(0)
        self._counters.write(counts)


def volume(path, block_size, block_count, counters, fat):
    # The file system on the image, which gets one when it is blank.
    global device
    image = open(path, "r+b")
    begin = image.read(2 * block_size)
    blank = begin == b"\xff" * (2 * block_size)
    if not blank and fat != (begin[510:512] == b"\x55\xaa"):
        raise ValueError("the flash image has the file system of another firmware; `fresh` erases it")
    begin = None
    faults = open(link.folder + "/faults", "rb")
    if fat:
        block_count = block_count * block_size // _SECTOR
        block_size = _SECTOR
    flash = Flash(image, block_size, block_count, open(counters, "r+b"), faults)
    if fat:
        device = flash
        if blank:
            format(flash)
        return None
    if blank:
        os.VfsLfs2.mkfs(flash, progsize=_PROGRAM)
    return os.VfsLfs2(flash, progsize=_PROGRAM)


def format(device):
    # A new drive.
    os.VfsFat.mkfs(device)
    volume = os.VfsFat(device)
    for folder in _FOLDERS:
        volume.mkdir(folder)
    for name, text in _FILES:
        with volume.open(name, "w") as file:
            file.write(text)
