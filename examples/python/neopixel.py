"""A rainbow on a string of NeoPixels: the host works out the colours, the board shows them."""

import argparse
import colorsys

import belay

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", "-p", default="/dev/ttyUSB0")
parser.add_argument("--pin", type=int, default=16)
parser.add_argument("--pixels", type=int, default=4)
parser.add_argument("--steps", type=int, default=12)
args = parser.parse_args()

device = belay.Device(args.port)


@device.setup
def prepare(pin, count):
    import neopixel

    string = neopixel.NeoPixel(Pin(pin, Pin.OUT), count)


@device.task
def show(colours):
    for index, colour in enumerate(colours):
        string[index] = colour
    string.write()


def rainbow(shift):
    for index in range(args.pixels):
        colour = colorsys.hsv_to_rgb((index / args.pixels + shift) % 1, 1, 0.5)
        yield tuple(round(255 * part) for part in colour)


prepare(args.pin, args.pixels)
for step in range(args.steps):
    show(list(rainbow(step / args.steps)))
print("shown", args.steps, "steps, the last", list(rainbow((args.steps - 1) / args.steps)))
device.close()
