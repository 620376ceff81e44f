# Begins the name space of core.py, if its code is what the host has sent. Whether that is so is found
# without any module, since a file or folder could stand in the place of one.
def _belay_x(code, sum, mark):
    import builtins as b

    # A check of text or bytes, begun with a number.
    def check(data, seed=0):
        for byte in b.bytes(data, "utf-8") if b.type(data) == b.str else data:
            seed = seed * 33 + byte & 0xFFFFFF
        return seed

    if check(code) != sum:
        return b.print(mark, "! 33", mark)
    names = {"main": b.globals(), "builtins": b, "mark": mark, "check": check}
    # In parts, since what the compiler takes at once lies below what stays.
    for part in code.split(b"#"):
        b.exec(part, names)


_belay_x($CODE, $SUM, "$MARK")
