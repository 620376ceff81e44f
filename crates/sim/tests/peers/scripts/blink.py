# Runs on the board, and leaves a timer behind that turns a pin on, often and late.
from machine import Pin, Timer

pin = Pin(2, Pin.OUT, value=0)
turns = 0


def turn(_timer):
    global turns
    turns += 1
    if turns >= 200:
        pin.toggle()


Timer(period=5, callback=turn)
