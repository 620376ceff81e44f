# Asks a board without raw-paste mode whether its file system is flat, and has no memory for more.
def _belay_x(mark):
    import builtins as b
    import sys as s

    if b.getattr(s, "platform", "") == "microbit":
        return b.print(mark, "flat $FLAT", mark)
    b.print(mark, "! 33", mark)


_belay_x("$MARK")
