# A file's CRC-32. A point for each piece says that the board is at work.
def digest(path):
    state = 0
    with open(path, "rb") as file:
        while True:
            count = file.readinto(buffer)
            if not count:
                return state.to_bytes(4, "little")
            state = crc32(view[:count], state)
            answer(".")
