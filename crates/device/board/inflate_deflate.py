# Inflates a block as it goes into the file.
deflate = find("deflate")
BytesIO = find("io").BytesIO


def inflate(length, bits, file):
    pieces = []
    while length:
        pieces.append(take())
        length -= len(pieces[-1])
    pieces = b"".join(pieces)
    source = deflate.DeflateIO(BytesIO(pieces), deflate.RAW, bits)
    while True:
        data = source.read(512)
        if not data:
            break
        file.write(data)
