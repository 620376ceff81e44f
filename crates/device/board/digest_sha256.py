# The first bytes of a file's SHA-256. A point for each piece says that the board is at work.
from hashlib import sha256


def digest(path):
    state = sha256()
    with open(path, "rb") as file:
        while True:
            count = file.readinto(buffer)
            if not count:
                return state.digest()[:8]
            state.update(view[:count])
            answer(".")
