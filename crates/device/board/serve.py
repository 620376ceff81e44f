# Does what the host sends, frame by frame, over standard input and output.
#
# A frame is a line. `frame` gives its bytes: a check of three bytes, and the payload. The check is
# the lower part of the CRC-32 of the payload, begun with a multiple of the frame's number, which is not sent: a
# frame that is lost, repeated or out of its place is as wrong as one that is damaged. Each line is
# answered by one letter: G to Z for "taken", g to z for "not this one", and the letter stands for
# the number of frames taken so far. That tells the host what to send again, and that the line no
# longer takes up room in the input buffer.
#
# A payload is code, unless code that runs takes it as data. Messages to the host are lines of
# hexadecimal digits behind an exclamation mark, and no letter of theirs is one of an answer.
def _belay_serve(frame):
    import sys
    from binascii import crc32, hexlify

    taken = 1
    answer = sys.stdout.write

    def say(data):
        data = taken.to_bytes(4, "little") + data
        data += crc32(data).to_bytes(4, "little")
        answer("!" + hexlify(data).decode() + "\n")

    def take():
        nonlocal taken
        while True:
            line = frame()
            data = line[3:]
            if data and crc32(data, taken * 0x6C8E9CF5) & 0xFFFFFF == int.from_bytes(line[:3], "little"):
                taken += 1
                answer(chr(71 + taken % 20))
                return data
            answer(chr(103 + taken % 20))

    names = {"take": take, "say": say, "answer": answer, "crc32": crc32}
    say(b"R")
    try:
        while True:
            exec(take(), names)
    except StopIteration:
        pass
    except Exception as error:
        # What is on the way is let pass. The message is repeated: one may get lost.
        while True:
            say(b"E" + repr(error).encode())
            if frame() == b"end":
                break


_belay_serve(_belay_frame())
del _belay_serve, _belay_frame
