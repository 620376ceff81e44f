# Mounts a FAT file system in memory at /fat.
def _mount():
    import os

    class Memory:
        def __init__(self):
            self.data = bytearray(512 * 200)

        def readblocks(self, number, buffer, offset=0):
            at = number * 512 + offset
            buffer[:] = self.data[at : at + len(buffer)]

        def writeblocks(self, number, buffer, offset=0):
            at = number * 512 + offset
            self.data[at : at + len(buffer)] = buffer

        def ioctl(self, operation, _argument):
            return {4: 200, 5: 512}.get(operation, 0)

    memory = Memory()
    try:
        import vfs
    except ImportError:
        vfs = os
    vfs.VfsFat.mkfs(memory)
    vfs.mount(vfs.VfsFat(memory), "/fat")


_mount()
