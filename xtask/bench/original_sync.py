# Runs on the host: the original Belay's command `belay sync PORT FOLDER`.
# Arguments: the port, the folder. The last line printed is how long the synchronisation itself took in
# the command's session, in nanoseconds.
import sys
import time

import belay
from belay.cli.main import run_app

sync = belay.Device.sync


def timed(*args, **kwargs):
    start = time.perf_counter_ns()
    sync(*args, **kwargs)
    times.append(time.perf_counter_ns() - start)


times = []
belay.Device.sync = timed
sys.argv[1:1] = ["sync"]
try:
    run_app()
except SystemExit as end:
    if end.code:
        raise
print(f"\n{times[0]}")
