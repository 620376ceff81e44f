# The file system of CircuitPython, which either the computer at the USB or code may change. What has been done for
# a change is noted in a file, because it lasts longer than the memory.
storage = find("storage")
os = find("os")
NOTE = "/.belay-drive"


def is_writable():
    return not storage.getmount("/").readonly


# Whether code may write now: not while a computer sees the drive.
def remount(readonly):
    try:
        storage.remount("/", readonly)
    except RuntimeError:
        pass
    return is_writable()


# What has been done and not been taken back.
def noted():
    try:
        with open(NOTE) as file:
            return file.read()
    except OSError:
        return ""


# Whether code may write; whether the drive can be taken from the computer; whether it could write at once; what has
# been noted; and the name that the drive gives the board.
def look():
    writable = remounts = is_writable()
    if not writable and remount(False):
        remounts = True
        remount(True)
    takes = hasattr(storage, "unsafe_disable_usb_drive")
    try:
        uid = "".join("%02X" % byte for byte in find("microcontroller").cpu.uid)
    except (ImportError, AttributeError):
        uid = ""
    return (writable, takes, remounts, noted(), uid)


# Does a step to its end, whatever interrupts it: a drive that has been taken is noted, or given back.
def insist(step, way):
    interrupt = None
    while True:
        try:
            done = step(way)
            break
        except KeyboardInterrupt as error:
            interrupt = error
    if interrupt:
        raise interrupt
    return done


def try_to_take(way):
    if way == "drive":
        storage.unsafe_disable_usb_drive()
    if not remount(False):
        return False
    with open(NOTE, "w") as file:
        file.write(way)
    return True


def take(way):
    taken = False
    try:
        taken = insist(try_to_take, way)
    finally:
        if not taken:
            give_back(way)
    return taken


def hand_over(way):
    try:
        os.remove(NOTE)
    except OSError:
        pass
    remount(True)
    if way == "drive":
        storage.enable_usb_drive()
    return True


def give_back(way):
    return insist(hand_over, way)
