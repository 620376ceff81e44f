"""The package manager is the command: ``belay add``, ``belay update``, ``belay install``.

The classes by which the original's command was made are not here; ``belay.cli.app`` runs the command.
"""

from __future__ import annotations

from typing import NoReturn


def __getattr__(name: str) -> NoReturn:
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    raise ImportError(
        f"belay.packagemanager has no {name}: packages are managed by the command, as in "
        "belay.cli.app(['update'])",
        name=__name__,
    )
