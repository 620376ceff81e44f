"""A program of a user, for checkers of types."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import belay
from belay import Device
from belay.usb_specifier import UsbSpecifier


class Lamp(Device):
    @Device.setup(autoinit=True)
    @staticmethod
    def prepare() -> None:
        lamp = 0

    @Device.task
    @staticmethod
    def dim(share: float, *, slowly: bool = False) -> int:
        return int(share)

    def fade(self, steps: int) -> list[int]:
        return [self.dim(step / steps, slowly=True) for step in range(steps)]


def use(port: str) -> None:
    device = Device(port, attempts=3)

    @device.task
    def add(a: int, b: int = 1) -> int:
        return a + b

    @device.task(return_time=True)
    def timed(a: str) -> str:
        return a

    @device.task
    def numbers(count: int) -> Iterator[int]:
        yield count

    @device.setup
    def prepare(pin: int) -> None:
        led = pin

    @device.thread
    def background(period: float) -> None:
        pass

    @device.host
    def ask(question: str) -> str:
        return question

    total: int = add(1, b=2)
    text: str
    moment: datetime
    text, moment = timed("x")
    listed: list[int] = list(numbers(3))
    nothing: None = prepare(25)
    background(0.5)
    answer: str = ask("?")
    print(total, text, moment, listed, nothing, answer, device("1 + 1"), device.implementation.name)
    with device.batch() as batch:
        future = batch("1")
        batch.call(add, 1, 2)
    print(future.result(), device.submit("1").result())
    proxy = device.proxy("[1, 2]")
    print(proxy[0], len(proxy), proxy + [3])
    device.sync("folder", keep=["boot.py"], ignore="*.log")
    offset: float = device.sync_time()
    print(offset)
    device.close()


def find() -> list[str]:
    with Lamp(UsbSpecifier(vid=11914)) as lamp:
        lamp.fade(3)
    try:
        Device("nothing")
    except belay.ConnectionFailedError as error:
        print(error)
    return [port.device or "" for port in belay.list_devices()]


async def later() -> int:
    async with belay.AsyncDevice("sim:") as device:
        value: int = await device("1")
        return value
