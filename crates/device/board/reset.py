# Restarts the board as its reset button does, or in the mode of this name: into the program that takes new
# firmware, or without its own programs. Most boards with CircuitPython have no `machine`, and
# `microcontroller` in its place.
def _belay_reset(mode):
    try:
        board = find("machine")
    except ImportError:
        board = find("microcontroller")
    if mode:
        if hasattr(board, "RunMode"):
            board.on_next_reset(getattr(board.RunMode, mode))
        elif mode == "BOOTLOADER":
            board.bootloader()
        else:
            raise NotImplementedError("only CircuitPython has a safe mode")
    board.reset()
