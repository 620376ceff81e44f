# Runs on a board whose current folder is one of the host.
import os

import greeting
import large

print(greeting.TEXT)
print(sum(large.DATA))
with open("data.bin", "rb") as file:
    data = file.read()
print(len(data), sum(data))
print(sorted(os.listdir()))
with open("written.txt", "w") as file:
    file.write("written by the board\n")
