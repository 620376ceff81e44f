"""Read a temperature sensor and print each value as it comes.

The sensor is computed, so that this runs on any board: what it reports rises
towards its surroundings' temperature, with a little noise on top.
"""

import time

READINGS = 6
INTERVAL_MS = 150


class Sensor:
    """A probe that was cold when it was put into a warm room."""

    def __init__(self, start, surroundings):
        self.temperature = start
        self.surroundings = surroundings
        self.noise = 1

    def read(self):
        """The temperature in degrees Celsius."""
        # Each reading closes a third of the gap that is left.
        self.temperature += (self.surroundings - self.temperature) / 3
        # A linear congruential generator: noise that is the same on every run.
        self.noise = (self.noise * 75 + 74) % 65537
        return self.temperature + (self.noise / 65537 - 0.5) / 5


sensor = Sensor(start=4.0, surroundings=21.5)
readings = []

for number in range(1, READINGS + 1):
    value = sensor.read()
    readings.append(value)
    print("reading %d: %5.2f C" % (number, value))
    time.sleep_ms(INTERVAL_MS)

print("mean %.2f C, from %.2f to %.2f" % (sum(readings) / READINGS, min(readings), max(readings)))
