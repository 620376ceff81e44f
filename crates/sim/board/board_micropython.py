# What `micropython` has on the board.
import link as _link
import opcodes as _opcodes


def kbd_intr(character):
    # The host side looks for the character as bytes arrive; -1 is none.
    _link.send(_opcodes.REPORT_INTERRUPT_CHARACTER, (character & 0xFFFF).to_bytes(2, "little"))
