# With which module the board inflates: the number of the first that it has, or 0.
def inflates():
    for number, name in enumerate(("deflate", "zlib", "uzlib")):
        try:
            __import__(name)
            return number + 1
        except ImportError:
            pass
    return 0
