# `machine.SPI` and `machine.SoftSPI` of the board.
import bus
import opcodes
import board_pin


class Controller:
    MSB = 0
    LSB = 1

    def init(self, baudrate=-1, *, polarity=-1, phase=-1, bits=-1, firstbit=-1, sck=None, mosi=None, miso=None):
        if bits not in (-1, 8):
            raise NotImplementedError("only words of 8 bits are simulated")
        if firstbit not in (-1, Controller.MSB):
            raise NotImplementedError("only the most significant bit first is simulated")
        if polarity not in (-1, 0, 1) or phase not in (-1, 0, 1):
            raise ValueError("invalid mode")
        if baudrate != -1:
            if baudrate <= 0:
                raise ValueError("invalid baudrate")
            self._baudrate = baudrate
        if polarity != -1:
            self._polarity = polarity
        if phase != -1:
            self._phase = phase
        if sck is not None or mosi is not None or miso is not None:
            self._lines = b"/".join([board_pin.text_of(line) for line in (sck, mosi, miso)])

    def deinit(self):
        pass

    def write(self, buf):
        self._exchange(buf)

    def read(self, nbytes, write=0):
        return self._exchange(bytes((write,)) * nbytes)

    def readinto(self, buf, write=0):
        view = memoryview(buf)
        view[:] = self._exchange(bytes((write,)) * len(view))

    def write_readinto(self, write_buf, read_buf):
        view = memoryview(read_buf)
        if len(memoryview(write_buf)) != len(view):
            raise ValueError("buffers must be the same length")
        view[:] = self._exchange(write_buf)

    def _exchange(self, data):
        mode = self._polarity << 1 | self._phase
        return bus.call(opcodes.CALL_SPI_TRANSFER, self._number, self._lines, mode, data, board_pin.selected())

    def _describe(self):
        return "baudrate={}, polarity={}, phase={}, bits=8)".format(self._baudrate, self._polarity, self._phase)


class SPI(Controller):
    def __init__(self, id, baudrate=1_000_000, *, polarity=0, phase=0, bits=8, firstbit=Controller.MSB, **lines):
        if id not in (0, 1):
            raise ValueError("SPI({}) doesn't exist".format(id))
        self._number = str(id).encode()
        self._lines = b""
        self.init(baudrate, polarity=polarity, phase=phase, bits=bits, firstbit=firstbit, **lines)

    def __repr__(self):
        return "SPI(" + str(self._number, "utf-8") + ", " + self._describe()


class SoftSPI(Controller):
    def __init__(
        self, baudrate=500_000, *, polarity=0, phase=0, bits=8, firstbit=Controller.MSB, sck, mosi, miso=None
    ):
        self._number = b""
        self.init(baudrate, polarity=polarity, phase=phase, bits=bits, firstbit=firstbit, sck=sck, mosi=mosi, miso=miso)

    def __repr__(self):
        return "SoftSPI(" + self._describe()
