"""A simulated board's pins, buses and faults."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, Callable

# How long a board may take to answer what needs no waiting, in seconds.
_PATIENCE = 30.0


class SimError(Exception):
    """The controls of a simulated board have refused a request."""


class Change:
    """What a pin became, and when: ``at`` are seconds since the board's first start."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self.at: float = fields["at"]
        self.level: int | None = fields["level"]
        self.mode: str | None = fields["mode"]
        self.pull: str | None = fields["pull"]

    def __repr__(self) -> str:
        return f"Change(at={self.at:.6f}, level={self.level}, mode={self.mode!r}, pull={self.pull!r})"


class Pin:
    """A pin of a simulated board, as its surroundings see it."""

    def __init__(self, sim: Sim, name: int | str) -> None:
        self._sim = sim
        self._name = name

    @property
    def history(self) -> list[Change]:
        """All changes since the test began, in order."""
        changes = self._sim.request("pin_history", pin=self._name)
        begun = self._sim._begun.get(str(self._name), 0)
        return [Change(change) for change in changes[begun:]]

    @property
    def levels(self) -> list[int | None]:
        """The levels that the pin had since the test began, each once in a row."""
        levels: list[int | None] = []
        for change in self.history:
            if not levels or levels[-1] != change.level:
                levels.append(change.level)
        return levels

    @property
    def level(self) -> int | None:
        """The level of the pin now; ``None`` for one that no program has used."""
        last = self._sim.request("pin", pin=self._name)["last"]
        level: int | None = None if last is None else last["level"]
        return level

    @property
    def pwm(self) -> dict[str, Any] | None:
        """``freq``, ``duty_u16``, ``duty_ns`` and ``inverted``, or ``None`` where it is off."""
        found: dict[str, Any] | None = self._sim.request("pwm", pin=self._name)
        return found

    @property
    def pixels(self) -> list[tuple[int, ...]]:
        """Red, green and blue of each NeoPixel behind the pin."""
        return [tuple(pixel) for pixel in self._sim.request("pixels", pin=self._name)]

    def drive(self, level: int | None) -> None:
        """Drives the pin from outside; ``None`` lets go of it."""
        self._sim.request("set_pin", pin=self._name, level=level)
        if level is None:
            self._sim._undo.pop(("pin", self._name), None)
        else:
            self._sim._undo[("pin", self._name)] = lambda: self.drive(None)

    def voltage(self, volts: float) -> None:
        """Sets what an ADC reads there."""
        self._sim.request("set_analog", pin=self._name, microvolts=round(volts * 1e6))

    def wait(self, level: int, timeout: float = 5.0) -> bool:
        """Waits until the board drives the pin to a level; whether it did within ``timeout`` seconds."""
        found: bool = self._sim.request("wait_pin", timeout, pin=self._name, level=level, timeout=timeout)["reached"]
        return found


class Device:
    """A device that a test has attached to a bus."""

    def __init__(self, sim: Sim, number: int) -> None:
        self._sim = sim
        self._number = number

    def read(self, first: int, count: int = 1) -> bytes:
        """The values of its registers."""
        found = self._sim.request("get_registers", device=self._number, first=first, count=count)
        return bytes.fromhex(found)

    def write(self, first: int, data: bytes | Iterable[int]) -> None:
        """Sets its registers, as the world around a sensor does."""
        self._sim.request("set_registers", device=self._number, first=first, data=bytes(data).hex())

    def answer(self, data: bytes) -> None:
        """Adds an answer for the next read that has none yet."""
        self._sim.request("push_answer", device=self._number, data=data.hex())

    def written(self) -> bytes:
        """What one with answers was sent since the last time."""
        return bytes.fromhex(self._sim.request("take_written", device=self._number))


def _kind(registers: bytes | int | None, answers: Iterable[bytes] | None, width: int | None) -> dict[str, Any]:
    if (registers is None) == (answers is None):
        raise TypeError("a device has either registers or answers")
    if answers is not None:
        return {"kind": "answers", "answers": [answer.hex() for answer in answers]}
    if isinstance(registers, int):
        kind: dict[str, Any] = {"kind": "registers", "count": registers}
    else:
        data = bytes(registers or b"")
        kind = {"kind": "registers", "count": max(len(data), 256), "data": data.hex()}
    if width is not None:
        kind["number_width"] = width
    return kind


class I2c:
    """An address on an I2C bus of a simulated board."""

    def __init__(self, sim: Sim, bus: int | str, address: int) -> None:
        self._sim = sim
        self._place = {"bus": bus, "address": address}

    def attach(
        self,
        registers: bytes | int | None = None,
        *,
        answers: Iterable[bytes] | None = None,
        width: int | None = None,
    ) -> Device:
        """Puts a device there, until the test ends.

        One with ``registers`` is memory with the values given, or of that many bytes; ``width`` are the
        bytes of a register's number. One with ``answers`` says them, one for each read.
        """
        device = _kind(registers, answers, width)
        number = self._sim.request("attach_i2c", device=device, **self._place)["device"]
        self._sim._undo[("i2c", *self._place.values())] = self.detach
        return Device(self._sim, number)

    def detach(self) -> None:
        """Takes the device away."""
        self._sim.request("detach_i2c", **self._place)
        self._sim._undo.pop(("i2c", *self._place.values()), None)


class Spi:
    """What a pin selects on an SPI bus of a simulated board."""

    def __init__(self, sim: Sim, bus: int | str, select: int | str | None) -> None:
        self._sim = sim
        self._place = {"bus": bus, "select": select}

    def attach(self, registers: bytes | int | None = None, *, answers: Iterable[bytes] | None = None) -> Device:
        """Puts a device there, until the test ends: see :meth:`I2c.attach`."""
        device = _kind(registers, answers, None)
        number = self._sim.request("attach_spi", device=device, **self._place)["device"]
        self._sim._undo[("spi", *self._place.values())] = self.detach
        return Device(self._sim, number)

    def detach(self) -> None:
        """Takes the device away."""
        self._sim.request("detach_spi", **self._place)
        self._sim._undo.pop(("spi", *self._place.values()), None)


class Uart:
    """The other end of a UART of a simulated board."""

    def __init__(self, sim: Sim, number: int) -> None:
        self._sim = sim
        self._number = number

    def send(self, data: bytes) -> None:
        """Sends bytes to the board."""
        self._sim.request("uart_send", uart=self._number, data=data.hex())

    def take(self) -> bytes:
        """What programs have sent since the last time."""
        return bytes.fromhex(self._sim.request("uart_take", uart=self._number))

    def wait(self, end: bytes, timeout: float = 5.0) -> bytes | None:
        """What programs have sent up to and with ``end``; nothing if that does not come in time."""
        found = self._sim.request("uart_wait", timeout, uart=self._number, end=end.hex(), timeout=timeout)
        return None if found is None else bytes.fromhex(found)


class Sim:
    """The world around a simulated board. What a test sets up there ends with the test."""

    def __init__(self, controls: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(controls)
        self._stream = self._socket.makefile("rw", encoding="utf-8")
        self._lock = threading.Lock()
        self._undo: dict[tuple[Any, ...], Callable[[], None]] = {}
        self._begun: dict[str, int] = {}

    def request(self, cmd: str, wait: float = 0.0, /, **fields: Any) -> Any:
        """A request to the board's controls, as ``docs/simulator.md`` lists them, and its result."""
        with self._lock:
            self._socket.settimeout(_PATIENCE + wait)
            self._stream.write(json.dumps({"cmd": cmd, **fields}) + "\n")
            self._stream.flush()
            line = self._stream.readline()
        if not line:
            raise SimError("the simulated board has ended")
        answer = json.loads(line)
        if "error" in answer:
            raise SimError(answer["error"]["message"])
        return answer["result"]

    def pin(self, name: int | str) -> Pin:
        """A pin."""
        return Pin(self, name)

    def press(self, pin: int | str, level: int = 0) -> None:
        """Holds a button that pulls a pin to a level, until :meth:`release` or the end of the test."""
        self.pin(pin).drive(level)

    def release(self, pin: int | str) -> None:
        """Lets go of a button."""
        self.pin(pin).drive(None)

    @contextmanager
    def pressed(self, pin: int | str, level: int = 0) -> Iterator[None]:
        """Holds a button for the length of a block."""
        self.press(pin, level)
        try:
            yield
        finally:
            self.release(pin)

    def i2c(self, address: int, bus: int | str = 0) -> I2c:
        """An address on an I2C bus."""
        return I2c(self, bus, address)

    def spi(self, bus: int | str = 0, select: int | str | None = None) -> Spi:
        """What a pin selects on an SPI bus."""
        return Spi(self, bus, select)

    def uart(self, number: int = 0) -> Uart:
        """The other end of a UART."""
        return Uart(self, number)

    def reset(self) -> None:
        """Presses the board's reset button."""
        self.request("reset")

    def unplug(self) -> None:
        """Pulls the cable, until :meth:`plug_in` or the end of the test."""
        self._undo[("cable",)] = self.plug_in
        self.request("unplug")

    def plug_in(self) -> None:
        """Puts the cable back."""
        self._undo.pop(("cable",), None)
        self.request("plug_in")

    def cut_power(self) -> None:
        """Takes the power away, until :meth:`power_on` or the end of the test."""
        self._undo[("power",)] = self.power_on
        self.request("cut_power")

    def power_on(self) -> None:
        """Gives the power back, and plugs the board in."""
        self._undo.pop(("power",), None)
        self.request("power_on")

    def link_faults(self, **link: Any) -> None:
        """Sets what goes wrong on the link, instead of what was set before; nothing sets nothing."""
        self._undo[("link",)] = lambda: self.request("set_link_faults", link={})
        self.request("set_link_faults", link=link)

    def flash_faults(self, **flash: Any) -> None:
        """Sets what goes wrong with the flash, instead of what was set before."""
        self._undo[("flash",)] = lambda: self.request("set_flash_faults", flash={})
        self.request("set_flash_faults", flash=flash)

    def begin(self) -> None:
        """A test begins: histories are those of this test from now on."""
        pins = self.request("pins")
        self._begun = {pin: len(self.request("pin_history", pin=pin)) for pin in pins}

    def end(self) -> None:
        """A test has ended: what it has set up is taken away."""
        while self._undo:
            _, undo = self._undo.popitem()
            undo()

    def close(self) -> None:
        """Gives up the controls."""
        self._stream.close()
        self._socket.close()
