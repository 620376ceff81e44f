# Sends a part of a file from a board without bytes on its standard output, or without
# binascii: a line for each piece, with its number and a check, and a last line with how many.
def _belay_send(path, number, count):
    def say(fact):
        line = "%d!%r" % (number, fact)
        check = 0
        for byte in bytes(line, "utf-8"):
            check = check * 33 + byte & 0xFFFFFF
        print("%s!%d" % (line, check))

    with open(path, "rb") as file:
        for _ in range(number):
            file.read($PIECE)
        while count:
            data = file.read($PIECE)
            if not data:
                break
            say(data)
            number += 1
            count -= 1
    say(None)


_belay_send($PATH, $FROM, $COUNT)
del _belay_send
