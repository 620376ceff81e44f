"""Talks to a board over the network: WebREPL, with its password."""

import argparse

import belay

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", "-p", default="ws://192.168.4.1")
parser.add_argument("--password", default="python")
args = parser.parse_args()

with belay.Device(args.port, password=args.password) as device:

    @device.task
    def greet(name):
        print("greetings from the board")
        return "hello, " + name

    print(greet("host"))
