# Behind `run.py`: what a program reads of `sys.stdin` is asked of the host, as a line of input() is, so that
# nothing it leaves unread can reach the prompt. The firmware's `sys` cannot be changed: while the program
# runs, those who import it get another one, which differs in that. It is no module, and an interpreter that
# is to take all names of it reads what is not there: whoever imports those gets the firmware's.
try:
    base = find("io").IOBase
except (ImportError, AttributeError):
    base = object


# Text (kind 1) or bytes (2); lines of them are 3 and 4, and 5 is whether there is something.
class Stdin(base):
    def __init__(self, ask, kind):
        self.ask = ask
        self.kind = kind

    def take(self, kind, size):
        data, end = ("", "\n") if self.kind == 1 else (b"", b"\n")
        while len(data) != size:
            piece = self.ask(kind, size - len(data))
            data += piece
            if not piece or kind > 2 and piece[-1:] == end:
                break
        return data

    def read(self, size=-1):
        return self.take(self.kind, size)

    def readline(self, size=-1):
        return self.take(self.kind + 2, size)

    def readlines(self):
        return list(self)

    def readinto(self, buffer, size=-1):
        data = Stdin(self.ask, 2).read(len(buffer) if size < 0 else size)
        buffer[: len(data)] = data
        return len(data)

    def __iter__(self):
        return self

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def ioctl(self, request, flags):
        # 3 asks for the events of a poll, of which 1 is that there is something to read; 22 is EINVAL.
        if request != 3:
            return -22
        return flags & 1 if self.ask(5, 0) else 0


class System:
    def __init__(self, stdin):
        self.stdin = stdin

    def __getattr__(self, name):
        return getattr(sys, name)


def run_with_stdin(source, mark, *argv):
    def ask(kind, count):
        print(mark, kind, count, mark)
        return eval(sys.stdin.readline())

    if not hasattr(sys.stdin, "readline"):
        return _belay_run(source, mark, *argv)
    stdin = Stdin(ask, 1)
    stdin.buffer = Stdin(ask, 2)
    new = System(stdin)
    builtins = find("builtins")
    old = builtins.__import__

    def load(name, space=None, local=None, names=None, level=0):
        module = old(name, space, local, names, level)
        return module if module is not sys or "*" in (names or ()) else new

    try:
        builtins.__import__ = load
    except AttributeError:
        return _belay_run(source, mark, *argv)
    if main.get("sys") is sys:
        main["sys"] = new
    try:
        return _belay_run(source, mark, *argv)
    finally:
        # Modules that the program has loaded keep it.
        new.stdin = sys.stdin
        builtins.__import__ = old
        if main.get("sys") is new:
            main["sys"] = sys


_belay_v = run_with_stdin
