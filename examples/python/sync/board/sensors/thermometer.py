# The sensor counts tenths of a kelvin above 10 degrees of frost.
FROST = -10


def celsius(raw):
    """Degrees for a raw reading."""
    return FROST + raw / 10
