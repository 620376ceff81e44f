"""The MicroPython that simulated boards run on."""

from __future__ import annotations

import os
import sys


def bundled_engine() -> str | None:
    """The interpreter that a package has put into this environment, if none is named otherwise."""
    if os.environ.get("BELAY_MICROPYTHON"):
        return None
    path = os.path.join(os.path.dirname(os.path.abspath(sys.executable)), "micropython")
    return path if os.access(path, os.X_OK) else None
