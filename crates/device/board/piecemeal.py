# Without serve.py: writes a file piece by piece, each in a command of its own that may come twice.
os = find("os")
os_rename = getattr(os, "rename", None)


def part(path):
    return path[: path.rfind("/") + 1] + "$PART" if os_rename else path


def begin(path):
    main["_belay_f"] = open(part(path), "wb")


def end():
    file = main.pop("_belay_f", None)
    if file:
        file.close()


def commit(path):
    try:
        if os_rename:
            os_rename(part(path), path)
    except OSError as error:
        if error.args[0] != 2:
            raise
        # It may be done already.
        os.stat(path)


def abort(path):
    try:
        end()
        os.remove(part(path))
    except OSError:
        pass
