# Creates and deletes; what is already as it is to be is no error.
os = find("os")


def tolerate(action, path, number, want_folder=None):
    try:
        action(path)
    except OSError as error:
        if error.args[0] != number or want_folder and not os.stat(path)[0] & 0x4000:
            raise
    done()


def create_folder(path):
    tolerate(os.mkdir, path, 17, True)


def remove(path):
    # LittleFS would remove an empty folder, too.
    if os.stat(path)[0] & 0x4000:
        raise OSError(21)
    os.remove(path)


def delete(path):
    tolerate(remove, path, 2)


def delete_folder(path):
    tolerate(os.rmdir, path, 2)


def rename(old, new):
    try:
        os.rename(old, new)
    except OSError as error:
        if error.args[0] != 2:
            raise
        # It may be done already.
        os.stat(new)
    done()
