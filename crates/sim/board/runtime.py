# Entry point of the interpreter behind a simulated board.
#
# Arguments: this folder, the mark of frames (hex), flash image, size and number of
# its blocks, the file of flash counters and the cause of this start; `firmware` is what is to
# be had. File descriptors: 0 is what a program on the board reads, 1 carries what it
# prints and the frames of `link`, 2 brings the host side's commands (and takes the
# interpreter's own error text out).
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

    import firmware

    _volume = flash.volume(sys.argv[3], int(sys.argv[4]), int(sys.argv[5]), sys.argv[6], firmware.CIRCUITPYTHON)
    import modules
    import executor

    modules.install()
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
    "firmware",
    "flash",
    "modules",
    "interrupt",
    "micropython",
    "_level",
    "_volume",
    "__file__",
    "_name",
):
    _names.pop(_name, None)
_names.pop("executor").serve(_names.pop("_names"))
