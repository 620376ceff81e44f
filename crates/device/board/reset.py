# Restarts the board as its reset button does, or into the program that takes new firmware.
# Most boards with CircuitPython have no `machine`, and `microcontroller` in its place.
def _belay_reset(bootloader):
    try:
        import machine as board
    except ImportError:
        import microcontroller as board
    if bootloader:
        if hasattr(board, "RunMode"):
            board.on_next_reset(board.RunMode.BOOTLOADER)
        else:
            board.bootloader()
    board.reset()
