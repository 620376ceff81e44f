"""A sensor on a pin of the board."""

from machine import ADC


def volts(pin: int, samples: int = 4) -> float:
    """The mean voltage of a pin."""
    adc = ADC(pin)
    return sum(adc.read_uv() for _ in range(samples)) / samples / 1e6


def readings(pin: int, count: int) -> Iterator[tuple[int, float]]:
    """Numbered voltages, each measured when it is asked for."""
    for number in range(count):
        yield number, volts(pin, 1)
