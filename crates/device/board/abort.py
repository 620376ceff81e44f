# Removes what is left of a file that was not written to its end.
import os

try:
    _belay_file.close()
    del _belay_file
except Exception:
    pass
try:
    os.remove($PART)
except OSError:
    pass
