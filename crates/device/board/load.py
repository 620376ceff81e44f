# Runs the next line of standard input. A line may be longer than the input buffer: the board says
# when it begins to read, and then reads as the line comes.
import sys

_belay = sys.stdin.buffer.readline
print("<", end="")
exec(_belay())
