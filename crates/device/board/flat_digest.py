# The FNV-1a of a file of a flat file system, as digests.py reports it.
def digest(name):
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


say(0, digest($NAME))
