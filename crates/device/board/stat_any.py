# What is at a path: its mode and size, or None. For firmware without os.stat, too, whose flat file
# system has no slash in front of names.
import os


def _belay_stat(path):
    try:
        if hasattr(os, "stat"):
            status = os.stat(path)
            return status[0], status[6]
        return 0x8000, os.size(path[1:])
    except OSError as error:
        # Not there, below a file, or a name that cannot be there, as those with a star on FAT.
        if error.args[0] in (2, 20, 22) or not hasattr(os, "stat"):
            return None
        raise


_belay(_belay_stat($PATH))
