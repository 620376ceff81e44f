# What a transfer needs to know of the board: its free memory, whether and how it inflates, whether
# it has SHA-256, and its file system's block and free blocks. $MODULES are those that inflate, or
# nothing where nothing is worth compressing.
def hello():
    import gc, os

    gc.collect()
    inflates = 0
    for kind, name in enumerate(($MODULES)):
        try:
            __import__(name)
            inflates = inflates or kind + 1
        except ImportError:
            pass
    try:
        from hashlib import sha256
    except ImportError:
        sha256 = None
    try:
        status = os.statvfs("/")
    except Exception:
        status = (0, 0, 0, 0)
    facts = gc.mem_free(), inflates, 1 if sha256 else 0, status[0], status[3]
    say(b"H%d,%d,%d,%d,%d" % facts)


hello()
