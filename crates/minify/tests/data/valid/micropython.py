# MicroPython's own: machine code, constants, and code at the top of a file.
"""A driver."""
import micropython
from micropython import const
from machine import mem32

_BASE = const(0x4000_0000)
TIMEOUT: int = const(100)  # ms


@micropython.viper
def checksum(data: ptr8, length: int) -> uint:
    """Adds bytes."""
    total: uint = uint(0)
    for i in range(length):
        total += data[i]
    return total


@micropython.native
def twice(x: int) -> int:
    return x  *  2


@micropython.asm_thumb
def delay(r0: uint):
    """Counts down."""
    # At 125 MHz.
    label(LOOP)
    sub(r0, r0, 1)
    bne(LOOP)


@micropython.asm_thumb
def nothing():
    pass


def pins(*names: str, pull: int = -1) -> dict:
    '''The pins.'''
    return { name : mem32[_BASE  +  4 * i]  for i , name in enumerate(names)  if  name != '' }


async def main() -> None:
    while True :
        await sleep_ms( TIMEOUT )


class Led:
    "One LED."
    pin: Pin
    on: bool = False

    def __init__(self, pin: "Pin") -> None: pass

    @property
    def value(self) -> int: return 1 if self.on else 0
