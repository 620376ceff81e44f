"""Blinks a LED. The function that is marked as a task runs on the board."""

import argparse
import time

import belay

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", "-p", default="/dev/ttyUSB0")
parser.add_argument("--pin", type=int, default=25)
parser.add_argument("--times", type=int, default=10)
args = parser.parse_args()

device = belay.Device(args.port)


@device.task
def set_led(pin, state):
    print("LED", pin, "on" if state else "off")
    Pin(pin, Pin.OUT).value(state)


for _ in range(args.times):
    set_led(args.pin, True)
    time.sleep(0.05)
    set_led(args.pin, False)
    time.sleep(0.05)

device.close()
