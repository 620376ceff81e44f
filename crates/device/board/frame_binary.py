# A line of bytes, in which those with a meaning of their own to a line, a link or a REPL do not occur: an
# interrupt may leave the rest of a line to the REPL, and must leave nothing that runs. Blocks of 147 bytes come
# behind a byte that was chosen to leave few of them, with which each is combined; what is left is written as two.
readline = sys.stdin.buffer.readline


def frame():
    line = readline().rstrip(b"\r\n")
    # The escape itself comes last.
    for code in $CODES:
        line = line.replace(bytes((125, code)), bytes((code ^ 96,)))
    blocks = []
    for at in range(0, len(line), 148):
        block = line[at : at + 148]
        size = len(block)
        key = int.from_bytes(block[:1] * size, "big")
        blocks.append((int.from_bytes(block, "big") ^ key).to_bytes(size, "big")[1:])
    return b"".join(blocks)
