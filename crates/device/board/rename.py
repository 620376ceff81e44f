# Renames; FAT may not do so over a file, which is then removed first.
def _belay_rename(old, new):
    import os

    if not hasattr(os, "rename"):
        return False
    try:
        os.rename(old, new)
    except OSError as error:
        # Neither a folder is to be removed by that, nor what would have no successor.
        if error.args[0] != 17 or os.stat(new)[0] & 0x4000 or os.stat(old)[0] & 0x4000:
            raise
        os.remove(new)
        os.rename(old, new)
    return True


_belay(_belay_rename($FROM, $TO))
