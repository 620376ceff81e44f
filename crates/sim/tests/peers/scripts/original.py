# Runs on the host: the original Belay as a library. Functions of `Board` run on the board.
import sys

import belay
from belay import Device


class Board(Device):
    @Device.setup(autoinit=True)
    def prepare():
        import gc
        import os
        import time

        modules = [gc, os, time]
        calls = 0
        flag = None
        print("ready:", len(modules), "modules")

    @Device.task
    def add(a, b):
        global calls
        calls += 1
        return a + b

    @Device.task
    def sums(count):
        total = 0
        for i in range(count):
            total += i
            print("step", i)
            yield total

    @Device.task
    def accumulate():
        total = 0
        while True:
            total += yield total

    @Device.task
    def fail():
        return [][1]

    @Device.thread
    def in_background():
        global flag
        flag = 7

    @Device.teardown
    def finish():
        print("torn down after", calls, "calls")


with Board(sys.argv[1]) as device:
    print(device.add(2, 3), device.add("a", "b"), device.add(1, 0.5))

    print(list(device.sums(3)))
    accumulator = device.accumulate()
    print(next(accumulator), accumulator.send(5), accumulator.send(7))

    try:
        device.fail()
    except belay.PyboardException as error:
        lines = str(error).strip().splitlines()
        print("error:", lines[-1].split(":")[0])
        # The original replaces the board's line numbers by those of this file.
        print("line:", next(line.strip() for line in lines if line.strip().startswith("return")))

    device("data = {'list': [1, 2, 3], 'bytes': b'\\x00\\xff'}")
    data = device.proxy("data")
    print(len(data), data["list"][2], data["bytes"], data["list"])
    data["more"] = 9
    print(device("data['more']"), "list" in data)
    try:
        data["less"]
    except KeyError:
        print("KeyError")

    machine = device.proxy("import machine")
    pin = machine.Pin(25, machine.Pin.OUT)
    pin.on()
    print(pin.value())

    print(device("print('printed by the board')"))

    @device.task
    def area(width, height):
        return width * height

    print(area(3, 4))

    device.in_background()
    while device("flag") is None:
        pass
    print("thread:", device("flag"))
