# Does what the host sends, frame by frame, over standard input and output.
#
# A frame is a line. `frame` gives its bytes: a check of three bytes, and the payload. The check is
# the lower part of the CRC-32 of the payload, begun with a multiple of the frame's number, which is
# not sent: a frame that is lost, repeated or out of its place is as wrong as one that is damaged.
#
# A letter goes before each line that is read: G to Z if the line in front of it was taken, g to z if
# not, and the letter stands for the number of frames taken so far. It tells the host what to send
# again, and that the next line is read as it comes: until the end of that line, nothing piles up in
# the input buffer.
#
# A payload is code, unless code that runs takes it as data. Messages to the host are facts with that number.
def serve():
    taken = 1
    answer = sys.stdout.write

    def tell(fact):
        say(taken, fact)

    def take():
        nonlocal taken
        letter = 71
        while True:
            answer(chr(letter + taken % 20))
            line = frame()
            data = line[3:]
            found = check(data, taken * 0x6C8E9CF5) & 0xFFFFFF
            if data and found == int.from_bytes(line[:3], "little"):
                taken += 1
                return data
            letter = 103

    names = globals()
    names.update(take=take, tell=tell, alive=lambda: answer("."), done=lambda: tell("D"))
    tell("R")
    try:
        while True:
            exec(take(), names)
    except StopIteration:
        pass
    except Exception as error:
        # What is on the way is let pass. The message is repeated: one may get lost.
        while True:
            tell("E" + repr(error))
            if frame() == b"end":
                break


serve()
