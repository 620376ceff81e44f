# `board` of CircuitPython.
import circuit_pins as _pins
import circuit_busio as _busio

board_id = "belay_sim"

_LINES = {"SCL": 5, "SDA": 4, "SCK": 18, "MOSI": 19, "MISO": 16, "TX": 0, "RX": 1}

for _id in range(30):
    globals()["GP" + str(_id)] = globals()["D" + str(_id)] = _pins.pin("board.GP" + str(_id), _id)
for _id in range(4):
    globals()["A" + str(_id)] = _pins.pin("board.GP" + str(26 + _id), 26 + _id)
for _name, _id in _LINES.items():
    globals()[_name] = _pins.pin("board.GP" + str(_id), _id)
LED = _pins.pin("board.LED", "LED")
NEOPIXEL = _pins.pin("board.NEOPIXEL", "NEOPIXEL")
BUTTON = _pins.pin("board.BUTTON", "BUTTON")

_buses = {}


def _bus(name, make):
    # One for all, as the lines are.
    if name not in _buses or _buses[name]._pins is None:
        _buses[name] = make()
    return _buses[name]


def I2C():
    return _bus("I2C", lambda: _busio.I2C(SCL, SDA))


def SPI():
    return _bus("SPI", lambda: _busio.SPI(SCK, MOSI, MISO))


def UART():
    return _bus("UART", lambda: _busio.UART(TX, RX))


STEMMA_I2C = I2C
