# Writes a file: beside the old one, then read back, then put in its place.
#
# The first frame behind the call is the digest that the file must have. What follows are blocks;
# each is given as 16 times its length on the line, plus the size of its window in bits, or 0 where
# it is not compressed.
os = find("os")


def put(path, *blocks):
    wanted = take()
    part = path[: path.rfind("/") + 1] + "$PART"
    try:
        with open(part, "wb") as file:
            for block in blocks:
                length = block >> 4
                if block & 15:
                    inflate(length, block & 15, file)
                else:
                    while length:
                        data = take()
                        length -= len(data)
                        file.write(data)
        if digest(part, alive)[:8] != wanted:
            raise ValueError("digest")
        # LittleFS replaces the old file at one stroke; the driver for FAT removes it first.
        os.rename(part, path)
        part = None
    finally:
        if part:
            try:
                os.remove(part)
            except OSError:
                pass
    done()
