# Runs on the host: times what a session of the original Belay does.
# Arguments: the port; `task`, `proxy`, `batch` or `ready`; how often. Prints nanoseconds as a JSON list:
# for a call of a task, for reading an attribute of an object on the board, for a hundred calls, or for
# beginning a session, once, without a comparison of clocks.
import json
import os
import sys
import time

import belay

port, subject, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
times = []


def connect():
    return belay.Device(port, auto_sync_time=False)


def measure(call, expected):
    # The first call is not counted: what is slow only once is not a call's time.
    for _ in range(count + 1):
        start = time.perf_counter_ns()
        answer = call()
        times.append(time.perf_counter_ns() - start)
        assert answer == expected, answer
    del times[0]


if subject == "ready":
    start = time.perf_counter_ns()
    device = connect()
    times.append(time.perf_counter_ns() - start)
    # Leaving the board costs round trips of its own.
    print(json.dumps(times), flush=True)
    os._exit(0)
else:
    device = connect()
    if subject == "task":

        @device.task
        def add(a, b):
            return a + b

        measure(lambda: add(1, 2), 3)
    elif subject == "proxy":
        device("class Thing:\n    level = 7\nthing = Thing()")
        thing = device.proxy("thing")
        measure(lambda: thing.level, 7)
    else:
        measure(lambda: [device(str(number)) for number in range(100)], list(range(100)))
    device.close()
print(json.dumps(times))
