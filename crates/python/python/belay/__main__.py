"""The ``belay`` command."""

import os
import signal
import sys


def main() -> None:
    """Runs the command with the arguments of this process, and ends it."""
    # The command has its own way with Ctrl-C.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from ._engine import bundled_engine
    from ._native import main as run

    engine = bundled_engine()
    if engine is not None:
        os.environ.setdefault("BELAY_MICROPYTHON", engine)
    status = run(["belay", *sys.argv[1:]])
    sys.stdout.flush()
    sys.exit(status)


if __name__ == "__main__":
    main()
