# Opens the file that pieces are then written to: a temporary one, if it can be renamed later.
import os

_belay_file = open($PART if hasattr(os, "rename") else $PATH, "wb")
