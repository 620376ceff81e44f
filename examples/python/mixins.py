"""A class for a board that is put together from parts, with code for different firmware."""

import argparse

from belay import Device, DeviceMeta

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", "-p", default="/dev/ttyUSB0")
args = parser.parse_args()


class Led(metaclass=DeviceMeta):
    @Device.setup(autoinit=True, implementation="micropython")
    def prepare_led():
        led = Pin(25, Pin.OUT)

    @Device.setup(autoinit=True, implementation="circuitpython")
    def prepare_led():
        led = digitalio.DigitalInOut(board.LED)
        led.direction = digitalio.Direction.OUTPUT

    @Device.task(implementation="micropython")
    def set_led(state):
        led.value(state)

    @Device.task(implementation="circuitpython")
    def set_led(state):
        led.value = bool(state)


class Clock(metaclass=DeviceMeta):
    @Device.task
    def uptime():
        import time

        return time.time()


class Beacon(Device, Led, Clock):
    def __pre_autoinit__(self):
        print("firmware:", self.implementation.name)

    def __post_init__(self):
        self.begun = self.uptime()

    def flash(self, times):
        for _ in range(times):
            self.set_led(True)
            self.set_led(False)
        return times


with Beacon(args.port) as beacon:
    print("flashed", beacon.flash(3), "times")
    print("the clock goes on:", beacon.uptime() >= beacon.begun)
