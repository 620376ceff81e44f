"""Makes a MicroPython or CircuitPython board an extension of a program."""

from ._native import __version__, minify
from .device import NO_RESULT, UNPARSABLE_RESULT, Device
from .device_meta import DeviceMeta
from .device_support import Implementation
from .exceptions import (
    AuthenticationError,
    BelayException,
    BelayWarning,
    ConnectionFailedError,
    ConnectionLost,
    DeviceClosedError,
    DeviceNotFoundError,
    FeatureUnavailableError,
    InsufficientSpecifierError,
    MaxHistoryLengthError,
    NoMatchingExecuterError,
    NotBelayResponseError,
    SourceNotFoundError,
    SpecialFunctionNameError,
)
from .proxy_object import ProxyObject
from .pyboard import PyboardError, PyboardException
from .usb_specifier import UsbSpecifier, list_devices

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .aio import AsyncDevice as AsyncDevice

__all__ = [
    "AsyncDevice",
    "AuthenticationError",
    "BelayException",
    "BelayWarning",
    "ConnectionFailedError",
    "ConnectionLost",
    "Device",
    "DeviceClosedError",
    "DeviceMeta",
    "DeviceNotFoundError",
    "FeatureUnavailableError",
    "Implementation",
    "InsufficientSpecifierError",
    "MaxHistoryLengthError",
    "NoMatchingExecuterError",
    "NotBelayResponseError",
    "NO_RESULT",
    "ProxyObject",
    "PyboardError",
    "PyboardException",
    "SourceNotFoundError",
    "SpecialFunctionNameError",
    "UNPARSABLE_RESULT",
    "UsbSpecifier",
    "list_devices",
    "minify",
]

# Modules that a program may name without importing them, and that most programs do not need.
_LAZY = ("aio", "batch", "events", "hash", "host", "helpers", "inspect", "typing")


def load_ipython_extension(shell: object) -> None:
    """What ``%load_ext belay`` calls: cells of the notebook can run on a board then."""
    from .notebook import load

    load(shell)


def unload_ipython_extension(shell: object) -> None:
    """What ``%unload_ext belay`` calls."""
    from .notebook import unload

    unload(shell)


def __getattr__(name: str) -> object:
    import importlib

    if name == "AsyncDevice":
        return importlib.import_module(".aio", __name__).AsyncDevice
    if name in _LAZY:
        return importlib.import_module("." + name, __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
