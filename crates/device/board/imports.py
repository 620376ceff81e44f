# Imports what programs on a board begin with, for them. A board that lacks some of it has the rest.
def texts(implementation):
    for text in (
        "import os",
        "import sys",
        "import time",
        "from time import sleep",
        "from micropython import const",
    ):
        yield text
    if implementation == "circuitpython":
        for name in ("board", "digitalio", "analogio"):
            yield "import " + name
        for name in ("I2C", "SPI"):
            yield "from busio import " + name
    else:
        yield "import machine"
        for name in ("Pin", "Timer", "PWM", "I2C", "SPI", "ADC"):
            yield "from machine import " + name


for text in texts(sys.implementation[0]):
    try:
        exec(text, main)
    except (ImportError, AttributeError):
        pass
