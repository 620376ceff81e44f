# `vfs` of the board: everything but the way to the host's files.
import vfs as _vfs

for _name in dir(_vfs):
    if _name[0] != "_" and _name != "VfsPosix":
        globals()[_name] = getattr(_vfs, _name)
