# What tests of the benchmark call: loops, branches and lists, as programs have them.


def collatz(limit):
    longest = 0
    for start in range(1, limit):
        number = start
        steps = 0
        while number != 1:
            if number % 2 == 0:
                number //= 2
            else:
                number = number * 3 + 1
            steps += 1
        if steps > longest:
            longest = steps
    return longest


def kind(value):
    if value < 10:
        return 1
    elif value < 100:
        return 2
    elif value < 1000:
        return 3
    return 4


def kinds(count):
    total = 0
    for value in range(count):
        total += kind(value)
    return total


def primes(limit):
    found = []
    for number in range(2, limit):
        for prime in found:
            if prime * prime > number:
                found.append(number)
                break
            if number % prime == 0:
                break
        else:
            found.append(number)
    return len(found)
