# Sends a part of a file, line by line.
#
# A line is a check of three bytes and a piece of the file, escaped as in frame_binary.py; the check
# is the lower part of the piece's CRC-32, begun with a multiple of the piece's number. The last line holds the
# CRC-32 of all that was sent, and its check is begun with a number that no piece has.
def send_file(path, number, count):
    output = sys.stdout.buffer

    def send(data, seed):
        data = (check(data, seed * 0x6C8E9CF5) & 0xFFFFFF).to_bytes(3, "little") + data
        # The escape itself comes first.
        for code in $CODES:
            data = data.replace(bytes((code ^ 96,)), bytes((125, code)))
        output.write(data + b"\n")

    whole = 0
    with open(path, "rb") as file:
        file.seek(number * 256)
        while count:
            data = file.read(256)
            if not data:
                break
            whole = check(data, whole)
            number += 1
            count -= 1
            send(data, number)
    send(whole.to_bytes(4, "little"), number + 0x20000000)


send_file($PATH, $FROM, $COUNT)
