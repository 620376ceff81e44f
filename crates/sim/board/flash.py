# The flash of the board: a block device over an image file, and LittleFS on it.
#
# KeyboardInterrupt is raised where the virtual machine jumps, so the methods of
# the device have no branches and no loops: an interrupt must not tear LittleFS
# apart in the middle of an operation, as it cannot where the driver is C. Nor do they
# allocate: a file that nobody closed is closed by the garbage collector, with the heap
# locked, and that writes to the flash.
import os
from array import array

_PROGRAM = 256  # bytes LittleFS programs at least, as on the RP2


class Flash:
    def __init__(self, image, block_size, block_count, counters):
        self._image = image
        self._size = block_size
        self._erased = b"\xff" * block_size
        self._counters = counters
        # Erases, program operations, programmed bytes; they outlive a reset. The items of
        # an array of "L" are read without allocating, unlike those of "Q".
        self._counts = array("L", (0, 0, 0))
        counters.readinto(self._counts)
        self._control = {
            1: lambda _: 0,
            2: lambda _: 0,
            3: lambda _: 0,
            4: lambda _: block_count,
            5: lambda _: block_size,
            6: self._erase,
        }

    def readblocks(self, block, buffer, offset=0):
        self._image.seek(block * self._size + offset)
        self._image.readinto(buffer)

    def writeblocks(self, block, buffer, offset=0):
        self._image.seek(block * self._size + offset)
        self._image.write(buffer)
        self._count(0, 1, len(buffer))

    def ioctl(self, operation, argument):
        return self._control[operation](argument)

    def _erase(self, block):
        self._image.seek(block * self._size)
        self._image.write(self._erased)
        self._count(1, 0, 0)
        return 0

    def _count(self, erases, programs, programmed):
        counts = self._counts
        counts[0] += erases
        counts[1] += programs
        counts[2] += programmed
        self._counters.seek(0)
        self._counters.write(counts)


def volume(path, block_size, block_count, counters):
    # The file system on the image, which gets one when it is blank.
    image = open(path, "r+b")
    blank = image.read(2 * block_size) == b"\xff" * (2 * block_size)
    device = Flash(image, block_size, block_count, open(counters, "r+b"))
    if blank:
        os.VfsLfs2.mkfs(device, progsize=_PROGRAM)
    return os.VfsLfs2(device, progsize=_PROGRAM)
