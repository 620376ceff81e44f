# What `micropython` has on the board.
import link as _link


def kbd_intr(character):
    # The host side looks for the character as bytes arrive; -1 is none.
    _link.send("k", (character & 0xFFFF).to_bytes(2, "little"))
