"""Digests of files."""

from pathlib import Path
from typing import Union


def fnv1a(fn: Union[str, Path]) -> int:
    """The FNV-1a digest of a file, of 32 bits."""
    state = 0x811C9DC5
    with open(fn, "rb") as file:
        while piece := file.read(1 << 16):
            for byte in piece:
                state = (state ^ byte) * 0x01000193 & 0xFFFFFFFF
    return state
