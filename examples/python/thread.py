"""A LED that blinks in a thread of the board, while the host asks the board for other things."""

import argparse

import belay

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", "-p", default="/dev/ttyUSB0")
parser.add_argument("--pin", type=int, default=25)
parser.add_argument("--times", type=int, default=3)
args = parser.parse_args()

device = belay.Device(args.port)


@device.setup
def prepare():
    blinks = [0]


@device.thread
def blink(pin, times, period):
    led = Pin(pin, Pin.OUT)
    for _ in range(times):
        led.on()
        sleep(period / 2)
        led.off()
        sleep(period / 2)
        blinks[0] += 1


@device.task
def count():
    return blinks[0]


prepare()
blink(args.pin, args.times, 0.1)
print("the thread has been started, and the board answers:", device("6 * 7"))
while count() < args.times:
    pass
print("blinked", count(), "times")
device.close()
