# What facts.py tells, on a board without memory for that.
import sys
import gc

gc.collect()
say(0, repr((sys.implementation[0], tuple(sys.implementation[1]), sys.platform, "", 0, [], gc.mem_free(), sys.version, [])))
