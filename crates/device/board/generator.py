# Generators that the host draws values from. Each has a number of the host's choice, behind which
# stand the generator and, once it has raised one, the exception that the host is still to be told.
generators = {}


# Draws up to `count` values; the first send passes `value` in. The answer is a tuple of the values,
# and what the generator has returned if that was its end. An exception waits until the values before
# it have been told.
def _belay_n(number, count, value, begun=None):
    if begun is not None:
        if not hasattr(begun, "send"):
            raise TypeError("not a generator")
        generators[number] = [begun]
    entry = generators[number]
    if len(entry) > 1:
        del generators[number]
        raise entry[1]
    values = []
    try:
        while len(values) < count:
            values.append(entry[0].send(value))
            value = None
    except StopIteration as stop:
        del generators[number]
        return values, stop.value
    except Exception as error:
        if not values:
            del generators[number]
            raise
        entry.append(error)
    return (values,)


# Closes generators. What one of them raises then is shown, as it belongs to no call of the host.
def _belay_c(*numbers):
    for number in numbers:
        try:
            generators.pop(number, [None])[0].close()
        except AttributeError:
            pass
        except Exception as error:
            try:
                (getattr(sys, "print_exception", None) or find("traceback").print_exception)(error)
            except ImportError:
                print(type(error).__name__ + ":", error)


main.update(_belay_g=generators, _belay_n=_belay_n, _belay_c=_belay_c)
