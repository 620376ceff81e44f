# How long a file is; nothing for what is no file.
stat = find("os").stat


def size(number, path):
    try:
        status = stat(path)
        length = 0 if status[0] & 0x4000 else status[6]
    except OSError:
        length = 0
    tell("S%d %d" % (number, length))
