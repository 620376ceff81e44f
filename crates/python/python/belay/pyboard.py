"""A board without what :class:`belay.Device` adds to it, and the exceptions of talking to one."""

from __future__ import annotations

from .exceptions import BelayException

TYPE_CHECKING = False
if TYPE_CHECKING:
    from os import PathLike
    from typing import Any, Callable

    from .usb_specifier import UsbSpecifier


class PyboardError(BelayException):
    """The board did not answer, or not as it should."""


class PyboardException(BelayException):
    """An exception on the board that its program did not catch.

    Its argument is the traceback, in which lines of this computer's files are named and shown.
    """

    kind: str = ""
    """The name of the exception's class on the board."""
    message: str = ""
    """What the exception says."""
    frames: tuple[tuple[str, int, str | None], ...] | list[tuple[str, int, str | None]] = ()
    """File, line and function of each call that was under way, the last one innermost."""

    def __str__(self) -> str:
        return "\n\n" + str(self.args[0])


class _Collector:
    """A stream that keeps what is written to it, and passes it on."""

    def __init__(self, consumer: Callable[[bytes], object] | None) -> None:
        self.data = bytearray()
        self._consumer = consumer

    def write(self, data: bytes) -> None:
        self.data += data
        if self._consumer is not None:
            self._consumer(data)


class Pyboard:
    """A board that runs statements and gives what they print, as MicroPython's ``pyboard.py`` does."""

    def __init__(
        self,
        device: str | UsbSpecifier | None = None,
        baudrate: int = 115200,
        user: str = "micro",
        password: str = "python",
        attempts: int = 1,
        exclusive: bool = True,
    ) -> None:
        from ._engine import bundled_engine
        from ._native import Session
        from .exceptions import ConnectionFailedError
        from .usb_specifier import device_name

        if attempts == 0:
            raise ValueError("attempts is the number of attempts to connect, and not 0")
        self.in_raw_repl = False
        while True:
            try:
                self._session = Session(
                    device_name(device),
                    baudrate=baudrate,
                    user=user,
                    password=password,
                    startup="",
                    engine=bundled_engine(),
                )
                self._session.connect(fresh=False)
                return
            except ConnectionFailedError:
                attempts -= 1
                if attempts == 0:
                    raise
                import time

                time.sleep(1)

    def close(self) -> None:
        """Leaves the board at its friendly prompt and closes the port."""
        self._session.close()

    def enter_raw_repl(self, soft_reset: bool = True) -> None:
        """Stops what runs on the board; with ``soft_reset``, its interpreter begins anew, too."""
        self._session.release()
        self._session.connect(fresh=soft_reset)
        self.in_raw_repl = True

    def exit_raw_repl(self) -> None:
        """Says that nothing more is to be run. The board goes to its friendly prompt with :meth:`close`."""
        self.in_raw_repl = False

    def exec_raw(
        self,
        command: str | bytes,
        timeout: float | None = None,
        data_consumer: Callable[[bytes], object] | None = None,
    ) -> tuple[bytes, bytes]:
        """Runs statements, and gives what they print and the traceback of what they raise."""
        output = _Collector(data_consumer)
        code = command if isinstance(command, str) else command.decode()
        try:
            self._session.exec_raw(code, output, timeout)
        except PyboardException as error:
            return bytes(output.data), str(error.args[0]).encode()
        return bytes(output.data), b""

    def exec(self, command: str | bytes, data_consumer: Callable[[bytes], object] | None = None) -> bytes:
        """Runs statements, and gives what they print."""
        output, error = self.exec_raw(command, data_consumer=data_consumer)
        if error:
            raise PyboardException(error.decode())
        return output

    def eval(self, expression: str) -> bytes:
        """The text of an expression's value, as ``print`` shows it."""
        return self.exec(f"print({expression})").strip()

    def execfile(self, filename: str | PathLike[str]) -> bytes:
        """Runs a file of this computer."""
        with open(filename, "rb") as file:
            return self.exec(file.read())

    def get_time(self) -> int:
        """The seconds since midnight, of a board with a module ``pyb``."""
        _, _, _, _, hours, minutes, seconds, *_ = self._value("__import__('pyb').RTC().datetime()")
        return int(hours * 3600 + minutes * 60 + seconds)

    def _value(self, expression: str) -> Any:
        return self._session.eval(expression)

    def fs_ls(self, src: str) -> None:
        """Prints what a folder of the board holds, with sizes."""
        folder = f"{src!r}" if src else ""
        for name, kind, _, *rest in self._value(f"list(__import__('os').ilistdir({folder}))"):
            print(f"{rest[0] if rest else 0:12} {name}{'/' if kind & 0x4000 else ''}")

    def fs_cat(self, src: str, chunk_size: int = 256) -> None:
        """Prints a text file of the board."""
        data = b"".join(self._pieces(src, chunk_size))
        print(data.decode(errors="backslashreplace"), end="")

    def fs_get(
        self,
        src: str,
        dest: str | PathLike[str],
        chunk_size: int = 256,
        progress_callback: Callable[[int, int], object] | None = None,
    ) -> None:
        """Copies a file of the board to this computer."""
        size = self._value(f"__import__('os').stat({src!r})[6]") if progress_callback else 0
        with open(dest, "wb") as file:
            for piece in self._pieces(src, chunk_size):
                file.write(piece)
                if progress_callback:
                    progress_callback(file.tell(), size)

    def _pieces(self, src: str, chunk_size: int) -> Any:
        self.exec(f"f=open({src!r},'rb')")
        while piece := self._value(f"f.read({chunk_size})"):
            yield piece
        self.exec("f.close()")

    def fs_put(
        self,
        src: str | PathLike[str],
        dest: str,
        chunk_size: int = 256,
        progress_callback: Callable[[int, int], object] | None = None,
    ) -> None:
        """Copies a file of this computer to the board."""
        import os

        size = os.stat(src).st_size
        self.exec(f"f=open({dest!r},'wb')")
        with open(src, "rb") as file:
            while piece := file.read(chunk_size):
                self.exec(f"f.write({piece!r})")
                if progress_callback:
                    progress_callback(file.tell(), size)
        self.exec("f.close()")

    def fs_mkdir(self, dir: str) -> None:
        """Makes a folder on the board."""
        self.exec(f"__import__('os').mkdir({dir!r})")

    def fs_rmdir(self, dir: str) -> None:
        """Removes an empty folder of the board."""
        self.exec(f"__import__('os').rmdir({dir!r})")

    def fs_rm(self, src: str) -> None:
        """Removes a file of the board."""
        self.exec(f"__import__('os').remove({src!r})")
