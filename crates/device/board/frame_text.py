# A line of text, for a board whose standard input gives no bytes and for a link that does not let all of
# them through: the frame in base 64.
a2b_base64 = find("binascii").a2b_base64


def frame():
    try:
        return a2b_base64(sys.stdin.readline())
    except ValueError:
        return b""
