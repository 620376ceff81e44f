"""The connection to a board for a whole run of tests, and how the board is put right between two of them."""

from __future__ import annotations

import os
import re
import tempfile
import warnings

from .._native import RESTORE, minify
from ..device import Device
from ..exceptions import BelayException, ConnectionFailedError
from ..executers import EXECUTERS
from ..pyboard import PyboardError, PyboardException
from .failures import BoardGone
from .lock import Lock
from .reports import Reports

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .sim import Sim
    from .targets import Target

# What a program that does not say any of it leaves as it was.
_LEAVES_TRACES = re.compile(
    r"\b(machine|Pin|Signal|Timer|PWM|ADC|DAC|I2C|SoftI2C|I2S|SPI|SoftSPI|UART|WDT|RTC|SDCard|ADCBlock|"
    r"neopixel|NeoPixel|network|bluetooth|espnow|socket|esp|esp32|rp2|pyb|stm|nrf|zephyr|_thread|irq|schedule|"
    r"asyncio|uasyncio|signal|settrace|dupterm|mount|umount|VfsFat|VfsLfs2|builtins|__builtins__|"
    r"digitalio|analogio|pwmio|busio|bitbangio|microcontroller|supervisor|wifi|neopixel_write|"
    r"displayio|rotaryio|countio|pulseio|usb_hid|usb_cdc|keypad|alarm|watchdog)\b"
)
# How often a board that has gone is looked for, one test after the other.
_ATTEMPTS = 3
# What tests may ask for by a word, and an expression that says whether a board has it. Other words are modules.
_FEATURES = {
    "micropython": "__import__('sys').implementation.name == 'micropython'",
    "circuitpython": "__import__('sys').implementation.name == 'circuitpython'",
    "threads": "_belay_has('_thread')",
    "wifi": "_belay_has('network', 'WLAN') or _belay_has('wifi')",
    "ethernet": "_belay_has('network', 'LAN')",
    "bluetooth": "_belay_has('bluetooth') or _belay_has('_bleio')",
    "float": "bool(1 / 2)",
    "complex": "_belay_has('builtins', 'complex')",
    "files": "bool(len(__import__('os').listdir('/')) + 1)",
}
_HAS = """
def _belay_has(module, name=None):
    try:
        found = __import__(module)
    except ImportError:
        return False
    return name is None or hasattr(found, name)
"""


class _Watched:
    """A session that remembers whether what it sends may leave traces on the board."""

    def __init__(self, session: Any, lines: bool) -> None:
        self._session = session
        self.leaves_traces = False
        self.reports = Reports(session, lines)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def _look(self, text: str) -> None:
        if not self.leaves_traces and _LEAVES_TRACES.search(text):
            self.leaves_traces = True

    def exec(self, code: str, *rest: Any) -> Any:
        __tracebackhide__ = True
        self._look(code)
        return self._session.exec(code, *rest)

    def eval(self, code: str, *rest: Any) -> Any:
        __tracebackhide__ = True
        self._look(code)
        return self._session.eval(code, *rest)

    def eval_timed(self, code: str, *rest: Any) -> Any:
        __tracebackhide__ = True
        self._look(code)
        return self._session.eval_timed(code, *rest)

    def object(self, code: str, *rest: Any) -> Any:
        __tracebackhide__ = True
        self._look(code)
        return self._session.object(code, *rest)

    def define(self, file: str, line: int, text: str) -> None:
        __tracebackhide__ = True
        self._look(text)
        self._session.define(file, line, self.reports.rewrite(file, line, text))

    def setup(self, file: str, line: int, text: str, before: str, *rest: Any) -> None:
        __tracebackhide__ = True
        self._look(text)
        self._session.setup(file, line, self.reports.rewrite(file, line, text), before, *rest)

    def batch(self, calls: list[tuple[str, bool]], *rest: Any) -> Any:
        __tracebackhide__ = True
        for code, _ in calls:
            self._look(code)
        return self._session.batch(calls, *rest)

    def subscribe(self) -> None:
        self.leaves_traces = True
        self._session.subscribe()

    def serve(self, name: str, function: Callable[..., Any]) -> None:
        self.leaves_traces = True
        self._session.serve(name, function)

    def soft_reset(self) -> None:
        self.leaves_traces = True
        self._session.soft_reset()

    def exec_raw(self, *arguments: Any) -> None:
        self.leaves_traces = True
        self._session.exec_raw(*arguments)


class Board:
    """A board, from the first test that uses it to the end of the run."""

    def __init__(self, target: Target, kind: type[Device] = Device, lines: bool = False) -> None:
        self.target = target
        self.kind = kind
        self._lines = lines
        self._reports: list[Reports] = []
        self._device: Device | None = None
        self._session: _Watched
        self._sim: Sim | None = None
        self._lock = None if target.is_fresh else Lock(target.spec)
        #: Where the flash of a board is that is made for this run.
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._features: dict[str, bool] = {}
        #: Why the board is not to be had, as the last try found.
        self._refused: BaseException | None = None
        self._tries = 0
        self._is_clean = True
        self.description = ""

    def begin(self) -> Device:
        """The device for a test, in a known state."""
        if self._refused is not None and self._tries >= (1 if self._device is None else _ATTEMPTS):
            raise BoardGone(f"{self.target.label} is gone: {first_line(self._refused)}")
        try:
            device = self._device
            if device is None:
                device = self._open()
            elif not self._is_clean:
                self._restart(device)
        except (BelayException, OSError) as error:
            self._refused = error
            self._tries += 1
            raise
        self._refused = None
        self._tries = 0
        return device

    def _open(self) -> Device:
        spec = self.target.spec
        if self.target.is_fresh:
            self._folder = tempfile.TemporaryDirectory(prefix="belay-tests-")
            spec += f"&flash={self._folder.name}/board.img"
        # As for the command.
        password = os.environ.get("BELAY_PASSWORD")
        device = self.kind(spec) if password is None else self.kind(spec, password=password)
        self._session = _Watched(device._belay_session, self._lines)
        self._reports.append(self._session.reports)
        device._belay_session = self._session  # type: ignore[assignment]
        self._device = device
        self._is_clean = False
        self._arm(device)
        implementation = device.implementation
        version = ".".join(str(number) for number in implementation.version)
        self.description = f"{self.target.label} ({implementation.name} {version} on {implementation.platform})"
        return device

    def _arm(self, device: Device) -> None:
        """Has the board keep in mind what it is like now."""
        self._session.reports.forget()
        self._session.exec(minify(RESTORE), None, False)
        self._session.leaves_traces = False
        self._executers = {kind: dict(vars(getattr(device, "_belay_" + kind))) for kind in EXECUTERS}
        for kept in self._executers.values():
            kept["_belay_executers"] = list(kept["_belay_executers"])
        self._is_clean = True

    def _restart(self, device: Device) -> None:
        """A new session with the board, whose interpreter begins anew."""
        self._session._session.connect()
        for kind in EXECUTERS:
            delattr(device, "_belay_" + kind)
        device._belay_begin()
        self._arm(device)

    def end(self) -> None:
        """A test has ended: puts the board right, in one round trip where that is enough."""
        device = self._device
        if device is None:
            return
        if not device._belay_is_open:
            # A test has closed it.
            self.close()
            return
        self._is_clean = False
        try:
            self._session.reports.collect()
        except (BelayException, OSError):
            # What a board that is gone or full has run is not known.
            pass
        try:
            if not self._refused and not self._finish(device):
                self._restart(device)
        except (BelayException, PyboardError, OSError) as error:
            # The next test that wants the board connects anew, and says if that fails.
            if not isinstance(error, ConnectionFailedError):
                warnings.warn(f"{self.target.label} could not be put right: {first_line(error)}", stacklevel=2)

    def _finish(self, device: Device) -> bool:
        events = device._belay_events
        if events is not None:
            events.close()
            device._belay_events = None
        kept = self._executers["teardown"]["_belay_executers"]
        for executer in device._belay_teardown._belay_executers[len(kept) :]:
            executer()
        for kind, fields in self._executers.items():
            executer = getattr(device, "_belay_" + kind)
            vars(executer).clear()
            vars(executer).update(fields, _belay_executers=list(fields["_belay_executers"]))
        if self._session.leaves_traces or self._session.reports.has_mounted:
            return False
        try:
            self._is_clean = self._session._session.eval("_belay_restore()") is True
        except (PyboardError, PyboardException):
            # For want of memory, or because the test has destroyed what it needs.
            return False
        return self._is_clean

    def lacks(self, feature: str) -> bool:
        """Whether the board does not have what a test asks for."""
        found = self._features.get(feature)
        if found is None:
            if feature == "sim":
                found = self._controls() is not None
            else:
                session = self._session._session
                session.exec(_HAS, None, False)
                code = _FEATURES.get(feature, f"_belay_has({feature!r})")
                found = bool(session.eval(code))
            self._features[feature] = found
        return not found

    def _controls(self) -> str | None:
        """The socket with the controls of a simulated board."""
        device = self._device
        if device is None:
            return None
        controls: str | None = self._session.controls()
        if controls is None:
            # A simulated board of another process has them beside its terminal.
            beside = os.path.join(os.path.dirname(self._session.port), "control")
            controls = beside if os.path.basename(os.path.dirname(beside)).startswith("belay-sim") else None
        return controls

    def sim(self) -> Sim | None:
        """The world around the board, if it is a simulated one."""
        if self._sim is None:
            controls = self._controls()
            if controls is not None:
                from .sim import Sim

                self._sim = Sim(controls)
        return self._sim

    @property
    def session(self) -> Any:
        """The session with the board."""
        return self._session

    def explain(self, error: PyboardException) -> str | None:
        """What an assertion said that has failed on the board."""
        try:
            return self._session.reports.explain(error)
        except (BelayException, OSError):
            # The board has no memory to say it, or has gone.
            return None

    def lines(self) -> tuple[dict[str, set[int]], dict[str, set[int]]]:
        """The lines that could run on the board in this run, and those that did, by file."""
        executable: dict[str, set[int]] = {}
        hit: dict[str, set[int]] = {}
        for reports in self._reports:
            for whole, part in ((executable, reports.executable), (hit, reports.hit)):
                for file, lines in part.items():
                    whole.setdefault(file, set()).update(lines)
        return executable, hit

    def interrupt(self) -> None:
        """Interrupts what runs on the board."""
        if self._device is not None:
            self._device.interrupt()

    def acquire(self, before_waiting: Callable[[], object]) -> None:
        """Waits until no other process has the board."""
        if self._lock is not None:
            self._lock.acquire(before_waiting)

    def share(self) -> None:
        """Gives up the board if another process waits for it."""
        if self._lock is not None and self._lock.is_wanted():
            self.close()

    def close(self) -> None:
        """Gives up the board, which can be opened again."""
        device, self._device = self._device, None
        sim, self._sim = self._sim, None
        if sim is not None:
            sim.close()
        if device is not None:
            try:
                device.close()
            except (BelayException, PyboardError, OSError):
                # The board is gone; a test has said so.
                pass
        if self._folder is not None:
            self._folder.cleanup()
        if self._lock is not None:
            self._lock.release()


def first_line(error: BaseException) -> str:
    """The last line of an exception's text, in which a traceback ends."""
    lines = str(error).strip().splitlines()
    return lines[-1] if lines else type(error).__name__
