"""Tests of what boards do: the parts of the pytest plugin that a test may name."""

from __future__ import annotations

from .sim import Change, Device, Pin, Sim, SimError

__all__ = ["Change", "Device", "Pin", "Sim", "SimError"]
