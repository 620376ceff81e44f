"""Generators run on the board and give the host one value after the other."""

import argparse

import belay

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", "-p", default="/dev/ttyUSB0")
args = parser.parse_args()

device = belay.Device(args.port)


@device.task
def squares(count):
    for number in range(count):
        print("the board works out the square of", number)
        yield number * number


@device.task
def running_average():
    total = 0
    count = 0
    average = None
    while True:
        total += yield average
        count += 1
        average = total / count


print("squares:", list(squares(4)))

averages = running_average()
next(averages)
for value in (10, 20, 60):
    print("with", value, "the average is", averages.send(value))
averages.close()
device.close()
