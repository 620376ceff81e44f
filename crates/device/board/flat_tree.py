# Lists the files of a flat file system, as tree.py does, in little memory.
import os


def _belay_say(number, fact):
    fact = repr(fact)
    check = 0
    for byte in bytes(fact, "utf-8"):
        check = check * 33 + byte & 0xFFFFFF
    print("%d!%s!%d" % (number, fact, check))


_belay_count = 0
for _belay_name in os.listdir():
    _belay_say(_belay_count, ("/" + _belay_name, os.size(_belay_name)))
    _belay_count += 1
_belay_say(_belay_count, (1, None, None, _belay_count))
del _belay_say, _belay_count
