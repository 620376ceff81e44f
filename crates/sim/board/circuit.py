# What CircuitPython has in place of MicroPython's modules.

# Each needs only those before it.
PARTS = (
    "bus",
    "board_clock",
    "circuit_sys",
    "circuit_storage",
    "board_irq",
    "circuit_files",
    "circuit_os",
    "circuit_time",
    "circuit_traceback",
    "circuit_zlib",
    "board_pin",
    "board_analog",
    "board_i2c",
    "board_spi",
    "board_uart",
    "board_pulses",
    "circuit_value",
    "circuit_pins",
    "circuit_busio",
    "circuit_board",
    "circuit_digitalio",
    "circuit_analogio",
    "circuit_pwmio",
    "circuit_neopixel_write",
    "circuit_supervisor",
    "circuit_microcontroller",
)

# What MicroPython has no module of this name for.
NEW = (
    "analogio",
    "board",
    "busio",
    "digitalio",
    "microcontroller",
    "neopixel_write",
    "pwmio",
    "storage",
    "supervisor",
    "traceback",
    "zlib",
)

CHANGED = ("sys", "os", "time", "hashlib")

GONE = (
    "_thread",
    "btree",
    "cmath",
    "cryptolib",
    "deflate",
    "framebuf",
    "heapq",
    "machine",
    "platform",
    "socket",
    "ssl",
    "tls",
    "uctypes",
    "vfs",
    "websocket",
)

# Names that a module is without, where the engine has them.
GONE_NAMES = {
    "time": "clock gmtime sleep_ms sleep_us ticks_add ticks_cpu ticks_diff ticks_ms ticks_us time_ns",
    "os": "VfsFat VfsLfs1 VfsLfs2 VfsRom ilistdir mount umount dupterm",
    "micropython": "RingIO mem_current mem_peak mem_total schedule",
    "hashlib": "md5 sha1 sha256",
    "sys": "print_exception",
}

PATH = ("", "/", ".frozen", "/lib")

# How tracebacks word what the engine words otherwise.
TEXTS = (
    ("ZeroDivisionError: divide by zero\n", "ZeroDivisionError: division by zero\n"),
    ("OSError: [Errno 1] EPERM\n", "OSError: [Errno 1] Operation not permitted\n"),
    ("OSError: [Errno 2] ENOENT\n", "OSError: [Errno 2] No such file/directory\n"),
    ("OSError: [Errno 5] EIO\n", "OSError: [Errno 5] Input/output error\n"),
    ("OSError: [Errno 13] EACCES\n", "OSError: [Errno 13] Permission denied\n"),
    ("OSError: [Errno 17] EEXIST\n", "OSError: [Errno 17] File exists\n"),
    ("OSError: [Errno 19] ENODEV\n", "OSError: [Errno 19] No such device\n"),
    ("OSError: [Errno 22] EINVAL\n", "OSError: [Errno 22] Invalid argument\n"),
    ("OSError: [Errno 28]\n", "OSError: [Errno 28] No space left on device\n"),
    ("OSError: [Errno 28] ENOSPC\n", "OSError: [Errno 28] No space left on device\n"),
    ("OSError: [Errno 30]\n", "OSError: [Errno 30] Read-only filesystem\n"),
    ("OSError: 28\n", "OSError: [Errno 28] No space left on device\n"),
    ("OSError: 30\n", "OSError: [Errno 30] Read-only filesystem\n"),
)
