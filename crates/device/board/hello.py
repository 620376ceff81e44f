# What a transfer needs to know of the board: its free memory, how it inflates, whether it has
# SHA-256, and its file system's block and free blocks.
def hello():
    import gc, os

    gc.collect()
    sha256 = 1
    try:
        from hashlib import sha256 as found
    except ImportError:
        sha256 = 0
    try:
        status = os.statvfs("/")
    except Exception:
        status = (0, 0, 0, 0)
    facts = gc.mem_free(), inflates(), sha256, status[0], status[3]
    say(b"H%d,%d,%d,%d,%d" % facts)


hello()
