"""Measurements with the time when the board made them, by the host's clock."""

import argparse
import datetime

import belay

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", "-p", default="/dev/ttyUSB0")
parser.add_argument("--times", type=int, default=3)
args = parser.parse_args()

device = belay.Device(args.port)


@device.task(return_time=True)
def measure(number):
    return number * 1.5


begin = datetime.datetime.now()
moments = []
for number in range(args.times):
    value, moment = measure(number)
    moments.append(moment)
    print("measured", value)
end = datetime.datetime.now()

slack = datetime.timedelta(milliseconds=100)
print("in order:", moments == sorted(moments))
print("between begin and end:", begin - slack <= moments[0] and moments[-1] <= end + slack)
print("the board's clock is known:", isinstance(device.time_offset, float))
device.close()
