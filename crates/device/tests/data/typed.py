"""Functions of every shape, for the tests."""

import micropython

calls = 0


def _count():
    global calls
    calls += 1


def same(x):
    _count()
    return x


def show(a: int, b: str = "b", c: "float | None" = 0.5, *, d: bool = False) -> str:
    """Shows its arguments.

    Example:

        this is no Rust code(
    """
    return repr((a, b, c, d))


def kinds(a: bytes, b: list[bytes], c: set[int], d: tuple[int, ...], e: dict[str, tuple[int, float]]) -> str:
    return " ".join(type(x).__name__ for x in (a, b[0], c, d, e["k"]))


def swap(pair: tuple[int, str]) -> tuple[str, int]:
    return pair[1], pair[0]


def match(self: int) -> Optional[bytes]:
    return bytes(self) if self else None


def total(first: int, *rest: int, **named: int) -> dict[str, int]:
    return {"places": first + sum(rest), "names": sum(named.values())}


@micropython.native
def twice(device: int) -> int:
    return device * 2


def wrong() -> int:
    return "text"


def fail() -> None:
    raise ValueError("no")


def counting(n: int = 3) -> Iterator[int]:
    for i in range(n):
        got = yield i
        if got:
            return got


def reset_calls() -> None:
    global calls
    calls = 0
