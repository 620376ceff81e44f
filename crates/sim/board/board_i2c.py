# `machine.I2C` and `machine.SoftI2C` of the board.
import bus
import opcodes
import board_pin


class Controller:
    # What both have in common. A bus goes by its number, its lines, or both.
    def _wire(self, number, scl, sda, freq):
        if freq <= 0:
            raise ValueError("invalid freq")
        self._number = number
        self._lines = board_pin.text_of(scl) + b"/" + board_pin.text_of(sda)
        self._freq = freq

    def scan(self):
        return list(bus.call(opcodes.CALL_I2C_SCAN, self._number, self._lines))

    def writeto(self, addr, buf, stop=True):
        return bus.number(bus.call(opcodes.CALL_I2C_WRITE, self._number, self._lines, addr, buf, 1 if stop else 0))

    def writevto(self, addr, vector, stop=True):
        return self.writeto(addr, b"".join([bytes(memoryview(part)) for part in vector]), stop)

    def readfrom(self, addr, nbytes, stop=True):
        return bus.call(opcodes.CALL_I2C_READ, self._number, self._lines, addr, nbytes, 1 if stop else 0)

    def readfrom_into(self, addr, buf, stop=True):
        view = memoryview(buf)
        view[:] = self.readfrom(addr, len(view), stop)

    def readfrom_mem(self, addr, memaddr, nbytes, *, addrsize=8):
        self.writeto(addr, _memory_address(memaddr, addrsize), False)
        return self.readfrom(addr, nbytes)

    def readfrom_mem_into(self, addr, memaddr, buf, *, addrsize=8):
        view = memoryview(buf)
        view[:] = self.readfrom_mem(addr, memaddr, len(view), addrsize=addrsize)

    def writeto_mem(self, addr, memaddr, buf, *, addrsize=8):
        self.writevto(addr, (_memory_address(memaddr, addrsize), buf))


def _memory_address(address, bits):
    if bits not in (8, 16, 24, 32):
        raise ValueError("invalid addrsize")
    return (address & (1 << bits) - 1).to_bytes(bits // 8, "big")


class I2C(Controller):
    def __init__(self, id, *, scl=None, sda=None, freq=400000, timeout=50000):
        if id not in (0, 1):
            raise ValueError("I2C({}) doesn't exist".format(id))
        self._id = str(id).encode()
        self.init(scl, sda, freq=freq)

    def init(self, scl=None, sda=None, *, freq=400000):
        self._wire(self._id, scl, sda, freq)

    def __repr__(self):
        scl, sda = str(self._lines, "utf-8").split("/")
        return "I2C({}, freq={}, scl={}, sda={})".format(str(self._id, "utf-8"), self._freq, scl, sda)


class SoftI2C(Controller):
    def __init__(self, scl, sda, *, freq=400000, timeout=50000):
        self.init(scl, sda, freq=freq)

    def init(self, scl, sda, *, freq=400000):
        self._wire(b"", scl, sda, freq)

    def start(self):
        self._call(opcodes.CALL_I2C_START)

    def stop(self):
        self._call(opcodes.CALL_I2C_STOP)

    def write(self, buf):
        return bus.number(self._call(opcodes.CALL_I2C_WRITE_BYTES, buf))

    def readinto(self, buf, nack=True):
        view = memoryview(buf)
        view[:] = self._call(opcodes.CALL_I2C_READ_BYTES, len(view))

    def _call(self, call, *arguments):
        return bus.call(call, self._number, self._lines, *arguments)

    def __repr__(self):
        scl, sda = str(self._lines, "utf-8").split("/")
        return "SoftI2C(scl={}, sda={}, freq={})".format(scl, sda, self._freq)
