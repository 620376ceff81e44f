# What rewritten code calls. Lines mark themselves, assertions give the values of their parts.
_belay_h = bytearray()
_belay_r = []


def _belay_e(number, result):
    _belay_h[number] = 1
    return result


def _belay_a(number, *values):
    # Values are told as they are now: what follows may change them.
    _belay_r[:] = [number]
    for value in values:
        text = None
        if value is not _belay_a:
            try:
                text = repr(value)
                if len(text) > 240:
                    text = text[:118] + "..." + text[-119:]
            except Exception as error:
                text = "<%s without a repr: %s>" % (type(value).__name__, type(error).__name__)
        _belay_r.append(text)
    return False
