"""The same tests on boards of several kinds, over several kinds of links."""

import contextlib
import os
import subprocess
import sys
import tempfile

# What each kind of board has to answer as Python does here.
EXPRESSIONS = [
    *(f"{a} {operator} {b}" for operator in ("+", "-", "*", "//", "%", "**") for a, b in ((7, 2), (-7, 3), (2**40, 5), (15, 4), (0, 9))),
    *(f"{a} {operator} {b}" for operator in ("&", "|", "^", "<<", ">>") for a, b in ((12, 5), (1023, 7))),
    *(f"{a!r} {operator} {b!r}" for operator in ("<", "<=", "==", "!=") for a, b in ((1, 2), ("a", "b"), ((1,), (1, 2)))),
    *(f"{text!r}.{method}()" for method in ("upper", "lower", "strip", "split", "isdigit") for text in ("a B", " 12 ")),
    *(f"{text!r}[{at}]" for text in ("abcdef", [1, 2, 3, 4], (5, 6, 7)) for at in ("0", "-1", "1:", ":-1")),
    # Texts and tuples have no steps there.
    *(f"[1, 2, 3, 4][{at}]" for at in ("::2", "::-1", "3:0:-1")),
    *(f"{function}([3, -1, 2])" for function in ("sum", "min", "max", "len", "sorted", "list", "tuple", "any", "all")),
    *(f"{function}({value})" for function in ("abs", "bool", "int", "str", "repr") for value in (0, -5, 12, True)),
    *(f"int({text!r}, {base})" for text, base in (("ff", 16), ("-101", 2), ("777", 8), ("zz", 36))),
    *(f"{text!r} % {values!r}" for text, values in (("%d", 5), ("%s-%s", (1, "a")), ("%x", 255), ("%5d|", 3), ("%r", "q"))),
    *(f"'{{{form}}}'.format({value!r})" for form, value in ((":>5", "a"), (":<4", "b"), (":04d", 7), (":x", 171), ("!r", "c"))),
    *(f"{left!r} {operator} {right!r}" for operator in ("in", "not in") for left, right in ((1, [1, 2]), ("b", "abc"), (5, (1,)))),
    *(f"[{body} for i in range({count})]" for body in ("i", "i * i", "-i", "str(i)", "(i, i)", "i % 2") for count in (0, 3)),
    *(f"{{{body} for i in range(4)}}" for body in ("i: i", "i: str(i)", "i % 2: i")),
    *(f"{name}({value!r})" for name in ("list", "tuple", "len", "sorted") for value in ("abc", (3, 1, 2), {"k": 1})),
    *(f"sorted({value!r}, key={key})" for key in ("len", "str", "lambda x: -len(x)") for value in (["bb", "a"], [()], [])),
    *(f"'%s' % ({value!r},)" for value in (1, "a", None, [1], (1, "b"))),
    *(f"{value!r} * {times}" for value in ("ab", [1], (2,), b"x") for times in (0, 1, 3)),
    *(f"bytes({value})" for value in ([], [0, 255], 3)),
    *(f"{value!r}.{method}" for value, method in (("a,b", "split(',')"), ("abc", "find('c')"), ("abc", "replace('b', 'x')"))),
    *(f"(lambda *a, **k: (a, k))({arguments})" for arguments in ("", "1", "1, 2", "a=1", "1, b=2")),
    *(f"{left} and {right} or 3" for left in ("0", "1", "''") for right in ("2", "None", "[]")),
    *(f"list({maker})" for maker in ("zip([1, 2], 'ab')", "map(str, [1])", "filter(None, [0, 1])", "enumerate('xy')", "reversed([1, 2])")),
    *(f"range({values})[-1]" for values in ("3", "1, 9, 3", "5, 0, -2")),
]

SOURCE = f"""
import pytest

EXPRESSIONS = {EXPRESSIONS!r}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expression(board, expression):
    assert board(expression) == eval(expression)


@pytest.mark.on_board
@pytest.mark.parametrize("count", range(8))
def test_on_the_board(count):
    found = []
    try:
        for i in range(count):
            found.append(i)
            if i == 5:
                raise ValueError("five")
    except ValueError as error:
        found.append(str(error))
    finally:
        found.append(-1)
    assert found[-1] == -1
    assert len(found) == min(count, 6) + 1 + (count > 5)


@pytest.mark.requires("micropython")
def test_what_the_other_firmware_has_not(board):
    assert board("hasattr(time, 'ticks_ms')")
"""


@contextlib.contextmanager
def simulated(*options):
    """A board in a process of its own, and the lines that it says where it is."""
    belay = os.path.join(os.path.dirname(sys.executable), "belay")
    with tempfile.TemporaryDirectory() as folder:
        command = [belay, "sim", "--quiet", "--flash", os.path.join(folder, "board.img"), *options]
        environment = {**os.environ, "BELAY_PASSWORD": "secret"}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
            yield [process.stdout.readline().strip() for _ in range(2)]
            process.terminate()


def test_two_hundred_tests_have_the_same_verdicts_on_all_kinds_of_boards(pytester, monkeypatch):
    monkeypatch.setenv("BELAY_PASSWORD", "secret")
    pytester.makepyfile(test_it=SOURCE)
    with simulated("--tcp", "127.0.0.1:0") as (_, tcp), simulated("--webrepl", "127.0.0.1:0") as (_, webrepl):
        boards = {
            "pty": "sim:?fresh",
            "circuitpython": "sim:?fresh&personality=circuitpython",
            "uart": "sim:?fresh&baud=921600",
            "tcp": tcp,
            "webrepl": webrepl,
        }
        options = [option for name, spec in boards.items() for option in ("--belay-device", f"{name}={spec}")]
        result = pytester.runpytest_inprocess("-p", "no:cacheprovider", *options)
    count = len(EXPRESSIONS) + 8 + 1
    assert count > 200
    result.assert_outcomes(passed=count * len(boards) - 1, skipped=1)
    table = result.stdout.str().split("verdicts that differ between boards")[1].splitlines()
    # It differs for the reason that its marker gives.
    assert [line.split()[0] for line in table if line.startswith("test_it.py")] == [
        "test_it.py::test_what_the_other_firmware_has_not"
    ]
