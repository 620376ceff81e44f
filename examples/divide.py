"""Has a bug, to show what an exception on the board looks like on the host."""


def mean(values):
    return sum(values) / len(values)


def report(name, values):
    print(name, "has a mean of", mean(values))


def main():
    report("yesterday", [18.5, 19.25, 21.0])
    # Nothing has been measured yet today.
    report("today", [])


main()
