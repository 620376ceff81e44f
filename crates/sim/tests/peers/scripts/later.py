# Runs on the board until its timer has come round some times.
from machine import Timer

turns = []
timer = Timer(period=5, callback=turns.append)
while len(turns) < 20:
    pass
timer.deinit()
