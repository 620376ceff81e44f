# Generators that the host draws values from. Each has a number of the host's choice, behind which
# stand the generator and, once it has raised one, the exception that the host is still to be told.
_belay_g = {}


# Draws up to `count` values; the first send passes `value` in. The answer is a tuple of the values,
# and what the generator has returned if that was its end. An exception waits until the values before
# it have been told.
def _belay_n(number, count, value, begun=None):
    if begun is not None:
        if not hasattr(begun, "send"):
            raise TypeError("not a generator")
        _belay_g[number] = [begun]
    entry = _belay_g[number]
    if len(entry) > 1:
        del _belay_g[number]
        raise entry[1]
    values = []
    try:
        while len(values) < count:
            values.append(entry[0].send(value))
            value = None
    except StopIteration as stop:
        del _belay_g[number]
        return values, stop.value
    except Exception as error:
        if not values:
            del _belay_g[number]
            raise
        entry.append(error)
    return (values,)


# Closes generators. What one of them raises then is shown, as it belongs to no call of the host.
def _belay_c(*numbers):
    for number in numbers:
        try:
            _belay_g.pop(number, [None])[0].close()
        except AttributeError:
            pass
        except Exception as error:
            import sys

            sys.print_exception(error)
