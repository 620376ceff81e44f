# Reports a fact as core.py does, on a board without memory for that.
def say(number, fact):
    line = "%d!%s" % (number, fact)
    check = 0
    for byte in bytes(line, "utf-8"):
        check = check * 33 + byte & 0xFFFFFF
    print("%s!%d" % (line, check))
