# `busio` of CircuitPython.
import board_i2c as _i2c
import board_spi as _spi
import board_uart as _uart
import circuit_pins as _pins
import circuit_value as _value

# The lines that the numbered buses are wired to.
_I2C = (5, 4)
_SPI = (18, 19, 16)


class I2C(_pins.User, _pins.Lock):
    def __init__(self, scl, sda, *, frequency=100000, timeout=255):
        self._claim(scl, sda)
        self._bus = _i2c.Controller()
        number = b"0" if (scl._id, sda._id) == _I2C else b""
        self._bus._wire(number, _pins.own(scl), _pins.own(sda), frequency)

    def scan(self):
        self._need_lock()
        return self._bus.scan()

    def readfrom_into(self, address, buffer, *, start=0, end=None):
        self._need_lock()
        self._bus.readfrom_into(address, _pins.part(buffer, start, end))

    def writeto(self, address, buffer, *, start=0, end=None):
        self._need_lock()
        self._bus.writeto(address, _pins.part(buffer, start, end))

    def writeto_then_readfrom(
        self, address, out_buffer, in_buffer, *, out_start=0, out_end=None, in_start=0, in_end=None
    ):
        self._need_lock()
        self._bus.writeto(address, _pins.part(out_buffer, out_start, out_end), False)
        self._bus.readfrom_into(address, _pins.part(in_buffer, in_start, in_end))


class SPI(_pins.User, _pins.Lock):
    def __init__(self, clock, MOSI=None, MISO=None, half_duplex=False):
        if half_duplex:
            raise NotImplementedError("Half duplex SPI is not implemented")
        self._claim(clock, MOSI, MISO)
        self._bus = _spi.Controller()
        ids = tuple([pin and pin._id for pin in (clock, MOSI, MISO)])
        self._bus._number = b"0" if ids == _SPI else b""
        self._bus.init(
            250000, polarity=0, phase=0, sck=_pins.own(clock), mosi=_pins.own(MOSI), miso=_pins.own(MISO)
        )

    def configure(self, *, baudrate=100000, polarity=0, phase=0, bits=8):
        self._need_lock()
        self._bus.init(baudrate, polarity=polarity, phase=phase, bits=bits)

    @property
    def frequency(self):
        self._check()
        return self._bus._baudrate

    def write(self, buffer, *, start=0, end=None):
        self._need_lock()
        self._bus.write(_pins.part(buffer, start, end))

    def readinto(self, buffer, *, start=0, end=None, write_value=0):
        self._need_lock()
        self._bus.readinto(_pins.part(buffer, start, end), write_value)

    def write_readinto(self, out_buffer, in_buffer, *, out_start=0, out_end=None, in_start=0, in_end=None):
        self._need_lock()
        out = _pins.part(out_buffer, out_start, out_end)
        into = _pins.part(in_buffer, in_start, in_end)
        if len(out) != len(into):
            raise ValueError("buffer slices must be of equal length")
        self._bus.write_readinto(out, into)


class UART(_pins.User):
    Parity = _value.enumeration("busio.UART.Parity", ("EVEN", "ODD"))[0]

    def __init__(
        self,
        tx=None,
        rx=None,
        *,
        rts=None,
        cts=None,
        rs485_dir=None,
        rs485_invert=False,
        baudrate=9600,
        bits=8,
        parity=None,
        stop=1,
        timeout=1,
        receiver_buffer_size=64,
    ):
        if tx is None and rx is None:
            raise ValueError("tx and rx cannot both be None")
        self._claim(tx, rx)
        self._timeout = timeout
        self._rate = baudrate
        # The lines 0 and 1 are those of the first.
        first = (rx._id == 1) if tx is None else (tx._id == 0)
        self._uart = _uart.UART(
            0 if first else 1,
            baudrate,
            bits,
            parity and parity._value,
            stop,
            timeout=int(1000 * timeout),
            timeout_char=int(1000 * timeout),
        )

    @property
    def baudrate(self):
        self._check()
        return self._rate

    @baudrate.setter
    def baudrate(self, rate):
        self._check()
        self._uart.init(rate)
        self._rate = rate

    @property
    def timeout(self):
        self._check()
        return self._timeout

    @timeout.setter
    def timeout(self, seconds):
        self._check()
        if not 0 <= seconds <= 100:
            raise ValueError("timeout must be 0-100")
        self._timeout = seconds
        self._uart.init(timeout=int(1000 * seconds), timeout_char=int(1000 * seconds))

    @property
    def in_waiting(self):
        self._check()
        return self._uart.any()

    def reset_input_buffer(self):
        self._check()
        while self._uart.any():
            self._uart.read(self._uart.any())

    def read(self, nbytes=-1):
        self._check()
        return self._uart.read(nbytes)

    def readinto(self, buf):
        self._check()
        return self._uart.readinto(buf)

    def readline(self):
        self._check()
        return self._uart.readline()

    def write(self, buf):
        self._check()
        return self._uart.write(buf)
