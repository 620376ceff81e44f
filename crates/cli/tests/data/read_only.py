# Makes the board one of CircuitPython while a computer has its drive: a FAT file system that takes
# nothing, and the module that says so.
def _drive():
    import sys
    import vfs

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
    vfs.VfsFat.mkfs(memory)
    vfs.mount(vfs.VfsFat(memory), "/drive")
    with open("/drive/code.txt", "w") as file:
        file.write("as it was")
    vfs.umount("/drive")
    vfs.umount("/")
    vfs.mount(vfs.VfsFat(memory), "/", readonly=True)

    class Mount:
        readonly = True

    class Storage:
        def getmount(self, _path):
            return Mount()

    sys.modules["storage"] = Storage()


_drive()
