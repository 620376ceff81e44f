# `micropython` of the board.
import micropython as _micropython
import link as _link

for _name in dir(_micropython):
    if _name[0] != "_":
        globals()[_name] = getattr(_micropython, _name)


def kbd_intr(character):
    # The host side looks for the character as bytes arrive; -1 is none.
    _link.send("k", (character & 0xFFFF).to_bytes(2, "little"))
