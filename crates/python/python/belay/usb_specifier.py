"""Boards on USB and what tells them apart."""

from __future__ import annotations

import os

from .exceptions import ConnectionFailedError, DeviceNotFoundError, InsufficientSpecifierError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_FIELDS = ("vid", "pid", "serial_number", "manufacturer", "product", "location")


class UsbSpecifier:
    """What USB tells of a board. As a specifier, what is not ``None`` must match."""

    __slots__ = ("device", "location", "manufacturer", "pid", "product", "serial_number", "vid")

    def __init__(
        self,
        *,
        vid: int | None = None,
        pid: int | None = None,
        serial_number: str | None = None,
        manufacturer: str | None = None,
        product: str | None = None,
        location: str | None = None,
        device: str | None = None,
    ) -> None:
        self.vid = _number("vid", vid)
        self.pid = _number("pid", pid)
        self.serial_number = _text("serial_number", serial_number)
        self.manufacturer = _text("manufacturer", manufacturer)
        self.product = _text("product", product)
        self.location = _text("location", location)
        self.device = _text("device", device)

    def model_dump(self, *, exclude_none: bool = False) -> dict[str, Any]:
        """The fields in a dict, the port apart."""
        fields = {name: getattr(self, name) for name in _FIELDS}
        if exclude_none:
            return {name: value for name, value in fields.items() if value is not None}
        return fields

    def model_dump_json(self, *, exclude_none: bool = False) -> str:
        """The fields as JSON, the port apart."""
        import json

        return json.dumps(self.model_dump(exclude_none=exclude_none))

    @classmethod
    def model_validate(cls, obj: dict[str, Any]) -> UsbSpecifier:
        """A specifier from a dict; keys that are not known are passed over."""
        if not isinstance(obj, dict):
            raise ValueError("a specifier is made of an object with the fields of one")
        return cls(**{name: obj[name] for name in (*_FIELDS, "device") if name in obj})

    @classmethod
    def model_validate_json(cls, json_data: str | bytes) -> UsbSpecifier:
        """A specifier from JSON."""
        import json

        return cls.model_validate(json.loads(json_data))

    def to_port(self) -> str:
        """The port of the one device that matches."""
        if self.device:
            return self.device
        wanted = self.model_dump(exclude_none=True)
        found = [port for port in list_devices() if _matches(wanted, port)]
        if not found:
            raise DeviceNotFoundError(f"no device matches {self!r}")
        if len(found) > 1:
            ports = ", ".join(f"{port.device}: {port!r}" for port in found)
            raise InsufficientSpecifierError(f"several devices match {self!r}: {ports}")
        port = found[0].device
        if port is None:
            raise DeviceNotFoundError(f"{found[0]!r} has no port")
        return port

    def populated(self) -> bool:
        """Whether USB tells anything."""
        return bool(self.model_dump(exclude_none=True))

    def __repr__(self) -> str:
        fields = self.model_dump(exclude_none=True).items()
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in fields)})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, UsbSpecifier):
            return NotImplemented
        return self.model_dump() == other.model_dump() and self.device == other.device

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), {**self.model_dump(), "device": self.device})


def _restored(kind: type[UsbSpecifier], fields: dict[str, Any]) -> UsbSpecifier:
    return kind(**fields)


def _number(name: str, value: object) -> int | None:
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            pass
    raise ValueError(f"{name} is a number, not {value!r}")


def _text(name: str, value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise ValueError(f"{name} is a text, not {value!r}")


def _matches(wanted: dict[str, Any], port: UsbSpecifier) -> bool:
    def folded(value: object) -> object:
        return value.casefold() if isinstance(value, str) else value

    return all(folded(getattr(port, name)) == folded(value) for name, value in wanted.items())


def list_devices() -> list[UsbSpecifier]:
    """The serial ports on USB that may be boards."""
    from ._native import serial_ports

    ports = [UsbSpecifier(**port) for port in serial_ports()]
    return [port for port in ports if port.populated()]


def device_name(device: Any) -> str | None:
    """The name of a device as the core reads it."""
    if device is None:
        device = os.environ.get("BELAY_DEVICE") or None
    if isinstance(device, UsbSpecifier):
        if device.device is None and not device.populated():
            return None
        try:
            return device.to_port()
        except DeviceNotFoundError as error:
            raise ConnectionFailedError(str(error)) from None
    if device is None:
        return None
    name: str = os.fspath(device)
    # The spelling of the original for a command that prints the path of a pty.
    return "pty:" + name[len("execpty:") :] if name.startswith("execpty:") else name
