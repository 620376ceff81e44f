"""An exception on the board comes to the host with a traceback that names the lines of this file."""

import argparse

import belay

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", "-p", default="/dev/ttyUSB0")
args = parser.parse_args()

device = belay.Device(args.port)


@device.task
def average(values):
    # Without values there is no average.
    return sum(values) / len(values)


print("average:", average([1, 2, 3]))
try:
    average([])
except belay.PyboardException as error:
    lines = [line.strip() for line in str(error).strip().splitlines()]
    print("the line:", next(line for line in lines if line.startswith("return")))
    print("the error:", lines[-1])
device.close()
