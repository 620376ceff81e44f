"""Objects stay on the board and are used as if they were here."""

import argparse

import belay

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", "-p", default="/dev/ttyUSB0")
args = parser.parse_args()

device = belay.Device(args.port)

machine = device.proxy("import machine")
led = machine.Pin(25, machine.Pin.OUT)
led.on()
print("the LED is", led.value())
led.off()
print("and now", led.value())

readings = device.proxy("[20, 21, 25]")
readings.append(30)
readings[0] = 19
print(len(readings), "readings, the last", readings[-1], "and 21 is", "there" if 21 in readings else "missing")
print("the middle:", readings[1:3])
print("all:", [value for value in readings])

settings = device.proxy("{'limits': {'low': 5, 'high': 40}}")
limits = settings["limits"]
limits["high"] = 45
print("limits:", device(limits))
device.close()
