# Adds a piece of a text to what the board has of it, if it is as it was sent. One that the board has
# already changes nothing.
import builtins as _belay_b
_belay_q = $PIECE
_belay_s = 0
for _belay_i in _belay_q:
    _belay_s = _belay_s * 33 + _belay_i & 0xFFFFFF
if _belay_s != $SUM:
    raise _belay_b.ValueError("damaged")
if $AT == 0:
    _belay = b""
if _belay_b.len(_belay) == $AT:
    _belay += _belay_q
