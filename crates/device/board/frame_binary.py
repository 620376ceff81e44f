# A line of bytes, in which those with a meaning of their own to a line, a link or a REPL are written as
# two: an interrupt may leave the rest of a line to the REPL, and must leave nothing that runs.
readline = sys.stdin.buffer.readline


def frame():
    line = readline().rstrip(b"\r\n")
    for code, byte in ESCAPES:
        line = line.replace(code, byte)
    return line


# The escape itself comes last.
ESCAPES = $ESCAPES
