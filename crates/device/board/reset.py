# Restarts the board as its reset button does, or into the program that takes new firmware.
# Most boards with CircuitPython have no `machine`, and `microcontroller` in its place.
def _belay_reset(bootloader):
    try:
        board = find("machine")
    except ImportError:
        board = find("microcontroller")
    if bootloader:
        if hasattr(board, "RunMode"):
            board.on_next_reset(board.RunMode.BOOTLOADER)
        else:
            board.bootloader()
    board.reset()
