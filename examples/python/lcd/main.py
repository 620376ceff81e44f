"""Writes on a character display with a PCF8574 on I2C. The driver is a module that is brought onto the board."""

import argparse
from pathlib import Path

import belay

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", "-p", default="/dev/ttyUSB0")
parser.add_argument("--text", default="Hello, board!")
args = parser.parse_args()

device = belay.Device(args.port)
device.sync(Path(__file__).parent / "board")


@device.setup
def prepare(address):
    from display import Display

    display = Display(I2C(0), address)


@device.task
def show(line, text):
    display.move(0, line)
    display.write(text)


prepare(0x27)
show(0, args.text)
show(1, f"{len(args.text)} characters")
print("shown:", args.text)
device.close()
