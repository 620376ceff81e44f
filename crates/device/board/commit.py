# Puts the written file in the place of the old one.
import os

del _belay_file
if hasattr(os, "rename"):
    try:
        os.rename($PART, $PATH)
    except OSError as error:
        # FAT may not rename over a file. A folder is not to be removed by that.
        if error.args[0] != 17:
            raise
        if os.stat($PATH)[0] & 0x4000:
            raise OSError(21)
        os.remove($PATH)
        os.rename($PART, $PATH)
