# A file's SHA-256. What `alive` prints now and then says that the board is at work.
sha256 = find("hashlib").sha256


def digest(path, alive):
    state = sha256()
    with open(path, "rb") as file:
        pieces = 1
        while True:
            data = file.read(512)
            if not data:
                return state.digest()
            state.update(data)
            pieces += 1
            if not pieces % 32:
                alive()
