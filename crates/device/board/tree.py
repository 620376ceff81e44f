# Lists what a folder holds, or all below it, a line for each fact, so that a small board need not
# hold them all. The last fact is the room on the file system, whether it is read-only, and the number
# of all.
def tree(root, deep):
    os = find("os")
    count = 0

    def report(fact):
        nonlocal count
        say(count, repr(fact))
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
                report(("", status[6]))
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
                report((path, None) if not folder and is_mount(path, entry) else (path,))
            else:
                report((path, entry[3] if len(entry) > 3 else os.stat(path)[6]))
    try:
        room = os.statvfs(root or "/")[:4]
    except Exception:
        room = None
    try:
        read_only = find("storage").getmount("/").readonly
    except Exception:
        read_only = None
    report((found, room, read_only, count))


tree($ROOT, $DEEP)
