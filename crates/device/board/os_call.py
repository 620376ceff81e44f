# Calls one of the functions of os that change the file system.
def _belay_call(path):
    import os

    # LittleFS would remove an empty folder as if it were a file.
    if "$FUNCTION" == "remove" and hasattr(os, "stat") and os.stat(path)[0] & 0x4000:
        raise OSError(21)
    os.$FUNCTION(path)


_belay(_belay_call($PATH))
