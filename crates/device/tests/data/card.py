# A second file system at /sd, as a memory card has one, here in 32 KiB of memory.
import vfs


class Card:
    def __init__(self):
        self.data = bytearray(64 * 512)

    def readblocks(self, block, buffer, offset=0):
        start = block * 512 + offset
        buffer[:] = self.data[start : start + len(buffer)]

    def writeblocks(self, block, buffer, offset=0):
        start = block * 512 + offset
        self.data[start : start + len(buffer)] = buffer

    def ioctl(self, operation, argument):
        return {4: 64, 5: 512}.get(operation, 0)


card = Card()
vfs.VfsLfs2.mkfs(card)
vfs.mount(vfs.VfsLfs2(card), "/sd")
