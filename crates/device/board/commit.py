# Puts the written file in the place of the old one.
import os

del _belay_file
if hasattr(os, "rename"):
    # LittleFS replaces the old file at one stroke; the driver for FAT removes it first.
    os.rename($PART, $PATH)
