# Runs on the host: times calls of mpremote in one session.
# Arguments: the port, how many calls. Prints their times in nanoseconds as a JSON list.
import json
import sys
import time

from mpremote.transport_serial import SerialTransport

port, count = sys.argv[1], int(sys.argv[2])
transport = SerialTransport(port)
transport.enter_raw_repl(soft_reset=False)
times = []
# The first call is not counted: it finds out whether the board has raw-paste mode.
for _ in range(count + 1):
    start = time.perf_counter_ns()
    answer = transport.eval("0")
    times.append(time.perf_counter_ns() - start)
    assert answer == 0, answer
transport.exit_raw_repl()
transport.close()
print(json.dumps(times[1:]))
