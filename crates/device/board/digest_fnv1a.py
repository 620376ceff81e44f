# A file's FNV-1a, where no module computes digests. What `alive` prints now and then says that the board
# is at work.
def digest(path, alive):
    state = 0x811C9DC5
    with open(path, "rb") as file:
        while True:
            data = file.read(512)
            if not data:
                return state.to_bytes(4, "little")
            for byte in data:
                state = (state ^ byte) * 0x1000193 & 0xFFFFFFFF
            alive()
