# Runs on the host: times ast.literal_eval over a file.
# Arguments: the file, a file with what another program has written of the same values, how often. Prints
# nanoseconds as a JSON list. What was written has to be the values' repr.
import ast
import pathlib
import json
import sys
import time

path, written, count = sys.argv[1:]
text = pathlib.Path(path).read_text(encoding="utf-8")
times = []
# The first time is not counted, as with the others.
for _ in range(int(count) + 1):
    start = time.perf_counter_ns()
    value = ast.literal_eval(text)
    times.append(time.perf_counter_ns() - start)
assert repr(value) == pathlib.Path(written).read_text(encoding="utf-8"), "another repr"
print(json.dumps(times[1:]))
