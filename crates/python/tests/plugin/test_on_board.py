"""Test functions that run on the board."""

SOURCE = '''
import json
import pytest

LIMIT = 4


def double(number):
    assert number < 100, "too large"
    return number * 2


class Counter:
    def __init__(self, first):
        self.value = first

    def up(self):
        self.value += 1
        return self.value


class Twice(Counter):
    def up(self):
        super().up()
        return super().up()


@pytest.mark.on_board
def test_passes():
    assert Twice(1).up() == 3
    assert json.loads("[1]") == [1]
    assert double(2) == LIMIT


@pytest.mark.on_board
def test_fails():
    values = [1, 2]
    assert double(len(values)) == LIMIT + 1


@pytest.mark.on_board
@pytest.mark.parametrize("number", [1, 1000])
def test_deep(number):
    print("the number is", number)
    assert double(number) == 2


@pytest.mark.on_board
def test_raises():
    {}["key"]


@pytest.mark.on_board
async def test_waits():
    import asyncio

    await asyncio.sleep(0)
    assert LIMIT == 5


class TestIt:
    @pytest.mark.on_board
    def test_method(self):
        assert "a" in "bc"


@pytest.mark.on_board
def test_an_earlier_assertion_is_another_one():
    try:
        assert LIMIT == 1
    except AssertionError:
        pass
    raise AssertionError("another")


@pytest.fixture
def thing():
    return object()


@pytest.mark.on_board
def test_what_has_no_literal(thing):
    pass


def test_a_task(board):
    @board.task
    def task(number):
        assert number + 1 == 3

    task(1)
'''


def test_assertions_show_their_parts_at_the_line_of_the_file(pytester):
    pytester.makepyfile(test_it=SOURCE)
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=2, failed=8)
    line_of = {text.strip(): number for number, text in enumerate((pytester.path / "test_it.py").read_text().splitlines(), 1)}
    failed = line_of["assert double(len(values)) == LIMIT + 1"]
    checked = line_of['assert number < 100, "too large"']
    raised = line_of['{}["key"]']
    result.stdout.fnmatch_lines(
        [
            "    def test_fails():",
            "        values = [[]1, 2]",
            ">       assert double(len(values)) == LIMIT + 1",
            "E       assert 4 == (4 + 1)",
            "E        +  where 4 = double(2)",
            "E        +    where 2 = len([[]1, 2])",
            f"test_it.py:{failed}: AssertionError",
            ">       assert double(number) == 2",
            ">       assert number < 100, *",
            "E       AssertionError: too large",
            "E       assert 1000 < 100",
            f"test_it.py:{checked}: AssertionError",
            "the number is 1000",
            '>       {}[[]"key"]',
            "E       KeyError: key",
            f"test_it.py:{raised}: KeyError",
            "E       assert 4 == 5",
            '>       assert "a" in "bc"',
            "E       AssertionError: another",
            "*the argument 'thing'*",
            "assert (1 + 1) == 3",
            "FAILED test_it.py::test_fails - assert 4 == (4 + 1)",
        ]
    )
    assert "assert 4 == 1" not in result.stdout.str()


def test_markers_of_classes_and_modules_and_several_boards(run):
    result = run(
        """
        import pytest

        pytestmark = pytest.mark.on_board

        @pytest.mark.parametrize("number", [1, 2])
        def test_name(number):
            import sys
            assert sys.implementation.name == "micropython", number

        class TestAll:
            def test_it(self):
                assert __name__ == "__main__"
        """,
        "--belay-device",
        "sim:",
        "--belay-device",
        "cp=sim:?fresh&personality=circuitpython",
    )
    result.assert_outcomes(passed=4, failed=2)
    result.stdout.fnmatch_lines(["*'circuitpython' == \"micropython\"*", "test_it.py::test_name[[]1] *passed *failed"])


def test_what_hangs_or_resets_the_board_is_one_failure(run):
    result = run(
        """
        import pytest

        @pytest.mark.on_board
        def test_hangs():
            while True:
                pass

        @pytest.mark.on_board
        def test_resets():
            import machine
            machine.reset()

        @pytest.mark.on_board
        def test_next():
            assert 1 + 1 == 2
        """,
        "--belay-timeout",
        "5",
    )
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(["failure: time-out", "failure: board restarted"])


def test_collecting_runs_nothing(run):
    result = run("import pytest\n@pytest.mark.on_board\ndef test_it(): pass", "--collect-only", "--belay-device", "/dev/no")
    assert result.ret == 0
