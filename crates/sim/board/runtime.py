# Entry point of the interpreter behind a simulated board.
#
# Arguments: this folder, the mark of frames (hex), flash image, size and number of
# its blocks, the file of flash counters, the cause of this start, whether an import
# looks into the file system first and whether there are sockets (each 1 or 0), and what
# the firmware does without (names with commas between). File descriptors: 0 is what a program on the board reads, 1
# carries what it prints and the frames of `link`, 2 brings the host side's commands
# (and takes the interpreter's own error text out).
import gc
import sys
import micropython
import link

# What follows does without line numbers, to leave memory to programs.
_level = micropython.opt_level()
micropython.opt_level(3)

try:
    import interrupt

    # What the compiler leaves behind must not lie between what stays.
    gc.collect()
    interrupt.install()
    gc.collect()
    import flash

    _volume = flash.volume(sys.argv[3], int(sys.argv[4]), int(sys.argv[5]), sys.argv[6])
    import modules
    import executor

    _files_first, _sockets, _without = sys.argv[8:]
    modules.install(_files_first == "1", _sockets == "1", [name for name in _without.split(",") if name])
    modules.close_host(_volume)
except BaseException as error:
    link.fail(error)
    raise

micropython.opt_level(_level)

# Programs on the board live in `__main__`, which must look untouched.
_names = globals()
for _name in (
    "gc",
    "sys",
    "link",
    "flash",
    "modules",
    "interrupt",
    "micropython",
    "_level",
    "_volume",
    "_files_first",
    "_sockets",
    "_without",
    "__file__",
    "_name",
):
    _names.pop(_name, None)
_names.pop("executor").serve(_names.pop("_names"))
