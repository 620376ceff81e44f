# Deletes a file of a flat file system; one that is not there is no error.
import os

if $NAME in os.listdir():
    os.remove($NAME)
