# `neopixel` of the board.
import board_pulses as _pulses

# Nanoseconds high and low for a zero, and for a one.
_SLOW = (800, 1700, 1600, 900)
_FAST = (400, 850, 800, 450)


class NeoPixel:
    # Where red, green, blue and white stand on the wire.
    ORDER = (1, 0, 2, 3)

    def __init__(self, pin, n, bpp=3, timing=1):
        self.pin = pin
        self.n = n
        self.bpp = bpp
        self.buf = bytearray(n * bpp)
        self.timing = (_FAST if timing else _SLOW) if isinstance(timing, int) else timing
        pin.init(pin.OUT)

    def __len__(self):
        return self.n

    def __setitem__(self, i, v):
        offset = i * self.bpp
        for part in range(self.bpp):
            self.buf[offset + self.ORDER[part]] = v[part]

    def __getitem__(self, i):
        offset = i * self.bpp
        return tuple(self.buf[offset + self.ORDER[part]] for part in range(self.bpp))

    def fill(self, v):
        for i in range(self.n):
            self[i] = v

    def write(self):
        _pulses.bitstream(self.pin, 0, self.timing, self.buf)
