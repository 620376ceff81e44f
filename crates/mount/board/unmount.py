# Takes the host's folder away again, wherever it is.
def unmount(at):
    if main.pop("_belay_mounted", None) != at:
        return
    while at in sys.path:
        sys.path.remove(at)
    os = find("os")
    os.chdir("/")
    try:
        vfs = find("vfs")
    except ImportError:
        vfs = os
    vfs.umount(at)


_belay_v = unmount
