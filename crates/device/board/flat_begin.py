# Runs a program in a name space of its own, on a board without memory for core.py, and gives what it
# leaves in `_belay_v`.
import builtins as _belay_b
_belay = {
    "main": _belay_b.globals(),
    "find": _belay_b.__import__,
    "sys": _belay_b.__import__("sys"),
}
_belay_b.exec($CODE, _belay)
_belay = _belay.get("_belay_v")
$CALL
_belay_b.print("$MARK", [_belay], "$MARK")
