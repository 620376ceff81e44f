# Inflates a block as it goes into the file.
import deflate, io


def inflate(length, bits, file):
    pieces = []
    while length:
        pieces.append(take())
        length -= len(pieces[-1])
    pieces = b"".join(pieces)
    source = deflate.DeflateIO(io.BytesIO(pieces), deflate.RAW, bits)
    while True:
        count = source.readinto(buffer)
        if not count:
            break
        file.write(view[:count])
