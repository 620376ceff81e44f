"""A class for a board: its methods run there or here."""

import argparse

from belay import Device

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", "-p", default="/dev/ttyUSB0")
args = parser.parse_args()


class Lamp(Device):
    """A lamp on a pin, dimmed by the board."""

    @Device.setup(autoinit=True)
    def prepare():
        lamp = PWM(Pin(15), freq=1000, duty_u16=0)
        changes = 0

    @Device.task
    def dim(share):
        global changes
        changes += 1
        lamp.duty_u16(int(65535 * share))
        return changes

    @Device.teardown
    def off():
        lamp.duty_u16(0)
        print("off after", changes, "changes")

    def fade(self, steps):
        """Runs on the host and calls the board."""
        return [self.dim(step / steps) for step in range(steps + 1)]


with Lamp(args.port) as lamp:
    print("half:", lamp.dim(0.5))
    print("faded:", lamp.fade(4))
