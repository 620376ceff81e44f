"""Uses of the package `belay` on a port, whoever it is from; prints the median time of each as JSON, in seconds."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PORT = sys.argv[1]
CALLS = int(sys.argv[2])

def imported():
    code = "import time; t = time.perf_counter(); import belay; print(time.perf_counter() - t)"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(told.stdout)


imported()
times = {"import": [imported() for _ in range(7)]}

import belay


def measured(name, count, work):
    work()
    samples = []
    for _ in range(count):
        begun = time.perf_counter()
        work()
        samples.append(time.perf_counter() - begun)
    times[name] = samples


def session():
    belay.Device(PORT).close()


measured("session", 3, session)
device = belay.Device(PORT)


@device.task
def task(x):
    return x


device("kept = [1, 2, 3]")
proxy = device.proxy("kept")
measured("expression", CALLS, lambda: device("0"))
measured("task", CALLS, lambda: task(1))
measured("proxy", CALLS, lambda: proxy[0])

folder = Path(tempfile.mkdtemp())
for i in range(12):
    (folder / f"module{i}.py").write_text("".join(f"def function{j}():\n    return {i * j}\n" for j in range(60)))


def changed():
    for path in folder.iterdir():
        path.write_text(path.read_text() + "# once more\nX = 1\n")
    device.sync(folder)


measured("sync", 2, changed)
measured("unchanged", 3, lambda: device.sync(folder))
device.close()
print(json.dumps({name: statistics.median(samples) for name, samples in times.items()}))
