"""Which boards tests run on: what was named, and where a name leads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple


class Target(NamedTuple):
    """A board for tests: what it is called in reports, and what it is opened by."""

    label: str
    spec: str

    @property
    def is_fresh(self) -> bool:
        """Whether it is a simulated board that is made for whoever opens it; others have one user at a time."""
        place, _, options = self.spec.partition("?")
        return place == "sim:" and "fresh" in options.split("&") and "flash=" not in options


# Where no board is named.
SIMULATED = Target("sim:", "sim:?fresh")


def named(folder: Path) -> dict[str, str]:
    """The names under ``[tool.belay.devices]`` of the project that a folder is of."""
    for place in (folder, *folder.parents):
        path = place / "pyproject.toml"
        if path.is_file():
            devices = _load(path).get("tool", {}).get("belay", {}).get("devices", {})
            return {name: spec for name, spec in devices.items() if isinstance(spec, str)}
    return {}


def _load(path: Path) -> dict[str, dict[str, dict[str, dict[str, object]]]]:
    try:
        import tomllib
    except ImportError:
        # What pytest itself reads its settings with on Python 3.9 and 3.10.
        import tomli as tomllib  # type: ignore[import-not-found,no-redef,unused-ignore]

    with path.open("rb") as file:
        found: dict[str, dict[str, dict[str, dict[str, object]]]] = tomllib.load(file)
        return found


def resolve(specs: list[str], names: dict[str, str]) -> list[Target]:
    """The boards that are named, each once. ``NAME=SPEC`` gives a board a name."""
    targets: list[Target] = []
    for text in specs:
        given = re.match(r"([^\W\d]\w*)=(.+)$", text)
        if given:
            target = Target(given[1], given[2])
        elif text in names:
            target = Target(text, names[text])
        elif text.rstrip("?") == "sim:":
            # One board for each process that runs tests.
            target = SIMULATED
        else:
            target = Target(text, text)
        if all(target.label != other.label for other in targets):
            targets.append(target)
    return targets or [SIMULATED]
