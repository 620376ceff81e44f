"""The ``belay`` command, for programs that start it themselves."""

from __future__ import annotations

import shlex
import sys

from .__main__ import run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn


def app(tokens: str | Sequence[str] | None = None) -> NoReturn:
    """Runs the command with these arguments, or with those of this process, and leaves with its status."""
    if tokens is None:
        tokens = sys.argv[1:]
    sys.exit(run(shlex.split(tokens) if isinstance(tokens, str) else list(tokens)))


run_app = app
