"""What is known of a board, and of the methods of its class."""

from __future__ import annotations

import itertools

from .exceptions import BelayException

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

# The architectures by their numbers in `sys.implementation._mpy`, as MicroPython's documentation of .mpy
# files has them.
_ARCHITECTURES = (
    None,
    "x86",
    "x64",
    "armv6",
    "armv6m",
    "armv7m",
    "armv7em",
    "armv7emsp",
    "armv7emdp",
    "xtensa",
    "xtensawin",
    "rv32imc",
    "rv64imc",
)


class DeviceResetDetected(BelayException):
    """The board's clock does not go on from where it was."""


class Implementation:
    """The Python that runs on a board.

    ``name`` is ``"micropython"`` or ``"circuitpython"``, ``version`` the firmware's, ``platform`` what
    ``sys.platform`` says there, ``arch`` the architecture of the machine code that it loads, if it loads
    any, and ``emitters`` those of ``"native"`` and ``"viper"`` that it has.
    """

    __slots__ = ("arch", "emitters", "name", "platform", "version")

    def __init__(
        self,
        name: str,
        version: tuple[int, ...] = (0, 0, 0),
        platform: str = "",
        arch: int | str | None = None,
        emitters: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.version = version
        self.platform = platform
        self.arch = _architecture(arch)
        self.emitters = emitters

    def _fields(self) -> tuple[Any, ...]:
        return self.name, self.version, self.platform, self.arch, self.emitters

    def __repr__(self) -> str:
        name, version, platform, arch, emitters = self._fields()
        return f"Implementation({name=!r}, {version=!r}, {platform=!r}, {arch=!r}, {emitters=!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Implementation):
            return NotImplemented
        return self._fields() == other._fields()

    __hash__ = None  # type: ignore[assignment]


def _architecture(arch: int | str | None) -> str | None:
    if arch is None or isinstance(arch, str):
        return arch
    number = arch >> 10 & 0x3F
    return _ARCHITECTURES[number] if number < len(_ARCHITECTURES) else None


_counter = itertools.count()


class MethodMetadata:
    """What a marked method is marked with. ``id`` grows from one method to the next."""

    __slots__ = ("autoinit", "executer", "id", "implementation", "kwargs")

    def __init__(
        self,
        executer: Callable[..., Any],
        kwargs: dict[str, Any],
        autoinit: bool = False,
        implementation: str | None = None,
    ) -> None:
        self.executer = executer
        self.kwargs = kwargs
        self.autoinit = autoinit
        self.implementation = implementation
        self.id = next(_counter)


def sort_executers(executers: list[Any]) -> list[Any]:
    """Functions in the order in which their methods were marked; others come last."""

    def order(executer: Any) -> float:
        metadata = getattr(getattr(executer, "__wrapped__", None), "__belay__", None)
        return float("inf") if metadata is None else metadata.id

    return sorted(executers, key=order)


class TimeSync:
    """The board's clock beside the host's.

    ``time_offset`` is the board's time less the host's, in seconds, and ``None`` as long as nobody has
    asked the board. The board's milliseconds begin again at zero after ``ticks_max``.
    """

    ticks_max: int | None = None
    time_offset: float | None = None

    def __init__(self, ticks_max: int | None = None) -> None:
        self.ticks_max = ticks_max
        self._last: tuple[float, float] | None = None

    def unwrap_tick(self, raw_tick: float, current_host_time: float) -> float:
        """Milliseconds that do not begin again, as far as the host's time tells."""
        if self._last is None or self.ticks_max is None:
            return raw_tick
        ticks, host = self._last
        period = self.ticks_max + 1
        elapsed = (current_host_time - host) * 1000
        rounds = round((ticks + elapsed - raw_tick) / period)
        unwrapped = raw_tick + max(0, rounds) * period
        if abs(unwrapped - ticks - elapsed) > 200 + elapsed / 100:
            raise DeviceResetDetected("the board's clock has begun anew")
        return unwrapped

    def update_offset(self, device_time_ms: float, host_time_mid: float) -> None:
        """Takes what the board's clock showed at a time of the host."""
        try:
            ticks = self.unwrap_tick(device_time_ms, host_time_mid)
        except DeviceResetDetected:
            ticks = device_time_ms
        self._last = (ticks, host_time_mid)
        self.time_offset = ticks / 1000 - host_time_mid

    def reset(self) -> None:
        """Forgets what the board's clock has shown."""
        self._last = None
