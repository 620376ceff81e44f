# What `vfs` has on the board: no way to the host's files.
_HOST_ONLY = ("VfsPosix",)
