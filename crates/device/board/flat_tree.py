# Lists the files of a flat file system, as tree.py does, in little memory.
import os


def _belay_say(number, fact):
    line = "%d!%r" % (number, fact)
    check = 0
    for byte in bytes(line, "utf-8"):
        check = check * 33 + byte & 0xFFFFFF
    print("%s!%d" % (line, check))


_belay_count = 0
for _belay_name in os.listdir():
    _belay_say(_belay_count, ("/" + _belay_name, os.size(_belay_name)))
    _belay_count += 1
_belay_say(_belay_count, (1, None, None, _belay_count))
del _belay_say, _belay_count
