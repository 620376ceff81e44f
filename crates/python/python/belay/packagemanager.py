"""The package manager is the command: ``belay add``, ``belay update``, ``belay install``.

The classes by which the original's command was made are not here; ``belay.cli.app`` runs the command.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def _refuse(what: str) -> NoReturn:
    raise ImportError(
        f"belay.packagemanager has no {what}: packages are managed by the command, as in "
        "belay.cli.app(['update'])",
        name=__name__,
    )


def __getattr__(name: str) -> NoReturn:
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    _refuse(name)


class _NoModules(list[str]):
    """Where an import looks for modules of this package, of which there are none."""

    def __iter__(self) -> NoReturn:
        _refuse("modules")


# This makes it a package.
__path__ = _NoModules()
