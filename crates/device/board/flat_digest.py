# The FNV-1a digest of a file, in little memory.
def _belay_digest(name):
    state = 0x811C9DC5
    try:
        with open(name, "rb") as file:
            pieces = 0
            while True:
                data = file.read(64)
                if not data:
                    break
                for byte in data:
                    state = (state ^ byte) * 0x1000193 & 0xFFFFFFFF
                # An empty line now and then says that the board is at work.
                pieces += 1
                if not pieces % 16:
                    print()
        return "f" + hex(state)
    except OSError:
        return "n"


def _belay_say(fact):
    line = "0!" + fact
    check = 0
    for byte in bytes(line, "utf-8"):
        check = check * 33 + byte & 0xFFFFFF
    print("%s!%d" % (line, check))


_belay_say(_belay_digest($NAME))
del _belay_say, _belay_digest
