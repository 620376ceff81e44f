# Lists what a folder holds, or all below it, a line for each fact, so that a small board need not
# hold them all.
#
# A line is the fact's number, the fact and a check of both, for a link that damages lines. The last fact
# is the number of all, the room on the file system, and whether it is read-only.
def _belay_tree(root, deep):
    import os

    count = 0

    def say(fact):
        nonlocal count
        line = "%d!%r" % (count, fact)
        check = 0
        for byte in bytes(line, "utf-8"):
            check = check * 33 + byte & 0xFFFFFF
        print("%s!%d" % (line, check))
        count += 1

    def look(folder):
        if hasattr(os, "ilistdir"):
            yield from os.ilistdir(folder)
        else:
            for name in os.listdir(folder):
                status = os.stat(folder + "/" + name)
                if status[0] & 0x4000:
                    yield name, status[0], 0
                else:
                    yield name, status[0], 0, status[6]

    # A folder of the root with a file system of its own is listed without a size.
    def is_mount(path, entry):
        try:
            return len(entry) < 4 and os.statvfs(path)[:3] != os.statvfs("/")[:3]
        except Exception:
            return False

    found = 1
    pending = [root]
    try:
        if root:
            status = os.stat(root)
            if not status[0] & 0x4000:
                say(("", status[6]))
                pending = []
    except OSError as error:
        if error.args[0] != 2:
            raise
        found = 0
        pending = []
    while pending:
        folder = pending.pop()
        for entry in look(folder or "/"):
            path = folder + "/" + entry[0]
            if entry[1] & 0x4000:
                if deep:
                    pending.append(path)
                say((path, None) if not folder and is_mount(path, entry) else (path,))
            else:
                say((path, entry[3] if len(entry) > 3 else os.stat(path)[6]))
    try:
        space = os.statvfs(root or "/")[:4]
    except Exception:
        space = None
    try:
        import storage

        read_only = storage.getmount("/").readonly
    except Exception:
        read_only = None
    say((found, space, read_only, count))


_belay_tree($ROOT, $DEEP)
del _belay_tree
