"""Where a project is, and what it says of itself."""

from __future__ import annotations

from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def find_pyproject() -> Path:
    """The ``pyproject.toml`` of the current folder, or of the nearest one around it that has one."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        path = folder / "pyproject.toml"
        if path.exists():
            return path
    raise FileNotFoundError(f"neither {here} nor a folder around it has a pyproject.toml")


def find_project_folder() -> Path:
    """The folder of the project."""
    return find_pyproject().parent


def find_belay_folder() -> Path:
    """The folder of the project that the command keeps its own files in."""
    return find_project_folder() / ".belay"


def find_dependencies_folder() -> Path:
    """The folder that has a folder of packages for each group."""
    path: str = load_toml(find_pyproject()).get("dependencies_path", ".belay/dependencies")
    return find_project_folder() / path


def load_toml(path: str | Path) -> dict[str, Any]:
    """What a file says under ``[tool.belay]``; an empty dict if it says nothing."""
    try:
        import tomllib
    except ImportError:
        raise ImportError("pyproject.toml is read by Python 3.11 and newer") from None

    with open(path, "rb") as file:
        found: dict[str, Any] = tomllib.load(file).get("tool", {}).get("belay", {})
    return found
