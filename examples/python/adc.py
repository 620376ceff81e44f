"""Reads a voltage from the board and draws it on the host."""

import argparse

import belay

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", "-p", default="/dev/ttyUSB0")
parser.add_argument("--pin", type=int, default=26)
parser.add_argument("--times", type=int, default=5)
args = parser.parse_args()

device = belay.Device(args.port)


@device.setup
def prepare(pin):
    adc = ADC(pin)


@device.task
def read_voltage():
    return adc.read_u16() * 3.3 / 65535


prepare(args.pin)
for _ in range(args.times):
    voltage = read_voltage()
    print(f"{voltage:.2f} V", "#" * round(10 * voltage))
device.close()
