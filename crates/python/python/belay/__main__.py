"""The ``belay`` command."""

import os
import signal
import sys


def run(arguments: list[str]) -> int:
    """Runs the command with these arguments and gives its status."""
    from ._engine import bundled_engine
    from ._native import main as command

    engine = bundled_engine()
    if engine is not None:
        os.environ.setdefault("BELAY_MICROPYTHON", engine)
    status = command(["belay", *arguments])
    sys.stdout.flush()
    return status


def main() -> None:
    """Runs the command with the arguments of this process, and ends it."""
    # The command has its own way with Ctrl-C.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
