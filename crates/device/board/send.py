# Sends a part of a file, line by line.
#
# A line is a check of three bytes and a piece of the file, escaped as in frame_binary.py; the check
# is the lower part of the piece's CRC-32, begun with a multiple of the piece's number. The last line holds the
# CRC-32 of all that was sent, and its check is begun with a number that no piece has.
def _belay_send(path, number, count):
    import sys
    from binascii import crc32

    output = sys.stdout.buffer

    def send(data, seed):
        data = (crc32(data, seed * 0x6C8E9CF5) & 0xFFFFFF).to_bytes(3, "little") + data
        data = data.replace(b"}", b"}p").replace(b"\x04", b"}d").replace(b"\n", b"}j")
        output.write(data + b"\n")

    whole = 0
    with open(path, "rb") as file:
        file.seek(number * 256)
        while count:
            data = file.read(256)
            if not data:
                break
            whole = crc32(data, whole)
            number += 1
            count -= 1
            send(data, number)
    send(whole.to_bytes(4, "little"), number + 0x20000000)


_belay_send($PATH, $FROM, $COUNT)
del _belay_send
