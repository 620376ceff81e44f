# Tells what the firmware can do: a bit for each name, of which the first is the highest, behind one for bytes
# on the standard streams. Each may be missing: boards are older, smaller or not MicroPython at all, and none of
# that is an error.
n = hasattr(getattr(sys, "stdin", 0), "buffer")
for p in "$ABILITIES".split():
    m, p = p.split(".")
    n *= 2
    try:
        n += hasattr(find(m), p)
    except ImportError:
        pass
# The last is whether the drive was taken from a computer, where there is one to be taken.
reply(mark, str(n * 2 + (n & 1 and ".belay-drive" in find("os").listdir("/"))))
