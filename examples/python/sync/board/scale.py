"""Reads numbers from a file."""


def read(path):
    """The numbers in a file, one on each line."""
    with open(path) as file:
        return [int(line) for line in file]
