# The digests of files, a line for each: its number, the digest, and a check. SHA-256 is in base 64,
# which is shorter than hexadecimal digits by a third. The files of a folder are given together, each
# folder followed by the names in it with slashes between them.
def _belay_digests(*files):
    def say(number, fact):
        line = "%d!%s" % (number, fact)
        check = 0
        for byte in bytes(line, "utf-8"):
            check = check * 33 + byte & 0xFFFFFF
        print("%s!%d" % (line, check))

    try:
        from hashlib import sha256
        from binascii import b2a_base64

        kind = "s"

        def start():
            return sha256()

        def update(state, data):
            state.update(data)
            return state

        def show(state):
            # Without the padding and the end of line.
            return b2a_base64(state.digest())[:-2].decode()

    except ImportError:
        show = hex

        def start():
            return 0

        try:
            from binascii import crc32

            kind = "c"

            def update(state, data):
                return crc32(data, state)

        except ImportError:
            kind = "f"

            def start():
                return 0x811C9DC5

            def update(state, data):
                for byte in data:
                    state = (state ^ byte) * 0x1000193 & 0xFFFFFFFF
                return state

    number = 0
    for index in range(0, len(files), 2):
        for name in files[index + 1].split("/"):
            try:
                with open(files[index] + name, "rb") as file:
                    state = start()
                    pieces = 0
                    while True:
                        # An empty line now and then says that the board is at work.
                        pieces += 1
                        if not pieces % 32:
                            print()
                        data = file.read(512)
                        if not data:
                            break
                        state = update(state, data)
                say(number, kind + show(state))
            except OSError:
                say(number, "n")
            number += 1


_belay_digests($FILES)
del _belay_digests
