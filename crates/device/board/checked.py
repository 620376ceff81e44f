# Runs a call only if it is what the host has sent, and tells its value with a checksum, so that a link
# that changes bytes changes no value. Statements leave theirs in `_belay_v`.
#
# `text` and `report` are the built-in repr and print, taken before a program can make something else
# of those names.
def _belay_x(check, mark, code, run=eval, text=repr, report=print):
    from binascii import crc32

    # Statements have another checksum than an expression of the same text.
    if crc32(code, crc32(mark)) + (run is exec) != check:
        raise ValueError("damaged")
    names = globals()
    value = run(code, names)
    if run is exec:
        value = names.pop("_belay_v", None)
    value = text([value])
    report(mark, value, crc32(value), mark)
