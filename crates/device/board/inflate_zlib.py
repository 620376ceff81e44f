# Inflates a block as a whole, with the module of older firmware.
decompress = find("$MODULE").decompress


def inflate(length, bits, file):
    pieces = []
    while length:
        pieces.append(take())
        length -= len(pieces[-1])
    file.write(decompress(b"".join(pieces), -bits))
