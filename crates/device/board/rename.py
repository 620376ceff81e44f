# Renames, if the firmware can.
import os

if hasattr(os, "rename"):
    os.rename($FROM, $TO)
    _belay(True)
else:
    _belay(False)
