# The board's end of a session. It begins a name space in which every name means what it means in the
# firmware, whatever programs have made of it in theirs, which is `main`; the host's own programs run
# in copies of it. Given are `main`, `builtins` and `mark`.
import sys


# The firmware's own module, whatever has its name in the file system or was loaded from there.
def find(name):
    modules = getattr(sys, "modules", {})
    path = getattr(sys, "path", [])
    folders = path[:]
    loaded = None
    try:
        loaded = modules.pop(name, None)
        # An empty path would mean the working directory in old firmware.
        path[:] = [".frozen"]
        return __import__(name)
    finally:
        path[:] = folders
        if loaded:
            modules[name] = loaded


# A check of text or bytes, begun with a number: CRC-32 from C, or a sum where there is none.
try:
    check = find("binascii").crc32
except (ImportError, AttributeError):

    def check(data, seed=0):
        for byte in bytes(data, "utf-8") if isinstance(data, str) else data:
            seed = seed * 33 + byte & 0xFFFFFF
        return seed


# Reports a fact, in a line with its number and a check.
def say(number, fact):
    line = "%d!%s" % (number, fact)
    print("%s!%d" % (line, check(line)))


# Answers the host with a text and its check.
def reply(mark, text):
    print(mark, text, check(text), mark)


# Runs code if it is what the host has sent, and answers with the value in brackets: that of an
# expression (0), of `_belay_v` behind a program's statements (1), or behind the host's own (2): there it
# is a function if there are `args` for one.
def _belay_x(sum, mark, code, kind=0, *args):
    found = check(code, check(mark))
    for text in args:
        found = check(text, found)
    if found + kind != sum:
        return reply(mark, "!")
    names = main if kind < 2 else space.copy()
    value = (exec if kind else eval)(code, names)
    if kind:
        value = names.pop("_belay_v", None)
    if args:
        value = value(*args)
    reply(mark, repr([value]))


# The next line of standard input, which may be longer than the input buffer: the host hears when it
# is read, and it is read as it comes.
def _belay_l():
    print("<", end="")
    return sys.stdin.buffer.readline()


space = globals()
main.pop("_belay", None)
main.update(_belay_b=builtins, _belay_x=_belay_x, _belay_l=_belay_l)
