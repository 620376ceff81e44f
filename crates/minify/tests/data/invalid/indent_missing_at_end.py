if a:
    # nothing
