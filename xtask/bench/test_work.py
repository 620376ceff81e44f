# Says what the fastest of several calls takes on the board, in microseconds.
import time

import testing_work


def fastest(function, argument, expected):
    best = None
    for _ in range(15):
        start = time.ticks_us()
        result = function(argument)
        taken = time.ticks_diff(time.ticks_us(), start)
        best = taken if best is None else min(best, taken)
        assert result == expected
    print("fastest", best)


def test_loops():
    fastest(testing_work.collatz, 1000, 178)


def test_branches():
    fastest(testing_work.kinds, 20000, 78890)


def test_lists():
    fastest(testing_work.primes, 3000, 430)
