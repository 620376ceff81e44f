# Imports what programs on a board begin with. A board that lacks some of it has the rest.
def _belay_import(implementation):
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


for _belay_text in _belay_import(__import__("sys").implementation[0]):
    try:
        exec(_belay_text)
    except (ImportError, AttributeError):
        pass
del _belay_import, _belay_text
