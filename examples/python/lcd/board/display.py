"""A display with an HD44780 behind a PCF8574, in its mode with four data lines."""

from time import sleep_us

TEXT = 0x01
ENABLE = 0x04
LIGHT = 0x08
# The addresses at which the lines begin.
LINES = (0x00, 0x40)


class Display:
    def __init__(self, bus, address):
        self.bus = bus
        self.address = address
        # Three times the same half byte, and then four data lines: it does not matter what came before.
        for half in (0x30, 0x30, 0x30, 0x20):
            self.half(half)
        for command in (0x28, 0x0C, 0x06, 0x01):
            self.send(command)
        sleep_us(2000)

    def half(self, bits):
        self.bus.writeto(self.address, bytes([bits | LIGHT | ENABLE, bits | LIGHT]))

    def send(self, byte, kind=0):
        self.half(byte & 0xF0 | kind)
        self.half(byte << 4 & 0xF0 | kind)

    def move(self, column, line):
        """Puts the cursor at a place."""
        self.send(0x80 | LINES[line] + column)

    def write(self, text):
        """Writes from the cursor on."""
        for byte in text.encode():
            self.send(byte, TEXT)
