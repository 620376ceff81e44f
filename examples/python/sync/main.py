"""Brings a folder of modules and data onto the board, and works with them there."""

import argparse
from pathlib import Path

import belay

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", "-p", default="/dev/ttyUSB0")
args = parser.parse_args()

device = belay.Device(args.port)
device.sync(Path(__file__).parent / "board")


@device.setup
def prepare():
    import scale
    from sensors import thermometer


@device.task
def measure(raw):
    return scale.read("/limits.txt"), thermometer.celsius(raw)


prepare()
limits, degrees = measure(300)
print("limits", limits, "degrees", degrees)
print("on the board:", sorted(name for name in device("os.listdir('/')") if not name.startswith("_")))
device.close()
