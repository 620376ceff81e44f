# Begins the name space of core.py, if its code is what the host has sent. Whether that is so is found
# without any module, since a file or folder could stand in the place of one.
def _belay_x(code, sum, mark, found=0):
    import builtins as b

    for byte in code:
        found = found * 33 + byte & 0xFFFFFF
    if found != sum:
        return b.print(mark, "! 33", mark)
    names = {"main": b.globals(), "builtins": b, "mark": mark}
    # In parts, since what the compiler takes at once lies below what stays.
    for part in code.split(b"#"):
        b.exec(part, names)


_belay_x($CODE, $SUM, "$MARK")
