# Runs on the host: times calls of the original Belay in one session.
# Arguments: the port, how many calls. Prints their times in nanoseconds as a JSON list.
import json
import sys
import time

import belay

port, count = sys.argv[1], int(sys.argv[2])
device = belay.Device(port)
times = []
# The first call is not counted: what is slow only once is not a call's time.
for _ in range(count + 1):
    start = time.perf_counter_ns()
    answer = device("0")
    times.append(time.perf_counter_ns() - start)
    assert answer == 0, answer
device.close()
print(json.dumps(times[1:]))
