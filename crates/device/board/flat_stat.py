# The size of a file of a flat file system, or -1.
import os

say(0, str(os.size($NAME) if $NAME in os.listdir() else -1))
