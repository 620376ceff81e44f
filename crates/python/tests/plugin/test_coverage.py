"""Lines that ran on the board, in the data of coverage.py."""

import sys

import coverage

MODULE = '''"""A module."""

LIMIT = 30


class Counter:
    """Counts."""

    first = 0

    def __init__(self):
        self.value = self.first

    def up(
        self,
        step=1,
    ):
        self.value += step
        return self


def classify(degrees):
    # A comment.
    if degrees > LIMIT:
        found = "hot"
    elif degrees < 0:
        found = "cold"
    else:
        found = "mild"
    try:
        for step in range(3):
            if step == 1:
                continue
            if step > 5:
                break
        else:
            found += "!"
        while len(found) < 3:
            found += "."
        {}["key"]
    except KeyError:
        pass
    except ValueError:
        found = "never"
    finally:
        counter = Counter().up(
            2
        )
    with_two = [
        number
        for number in (1, 2)
        if number
    ]
    return (found, counter.value,
            with_two)


def never():
    value = 1
    return value
'''

TEST = """
import pytest
import module

@pytest.mark.on_board
@pytest.mark.parametrize("degrees", [40, 5])
def test_it(degrees):
    assert module.classify(degrees)[1:] == (2, [1, 2])
"""


def counted(folder, name="module.py"):
    """The lines of a file that can run, and those that did not."""
    counts = coverage.Coverage(data_file=str(folder / ".coverage"))
    counts.load()
    assert str(folder / name) in counts.get_data().measured_files()
    _, executable, _, missing, _ = counts.analysis2(str(folder / name))
    return executable, missing


def test_the_lines_are_those_that_coverage_counts_here(pytester):
    (pytester.path / "module.py").write_text(MODULE)
    (pytester.path / "here.py").write_text("import module\nmodule.classify(40)\nmodule.classify(5)\n")
    pytester.run(sys.executable, "-m", "coverage", "run", "here.py")
    here = counted(pytester.path)
    pytester.makepyfile(test_it=TEST)
    pytester.runpytest_subprocess("--belay-cov").assert_outcomes(passed=2)
    assert counted(pytester.path) == here
    assert len(here[0]) > 30 and len(here[1]) > 3
    assert counted(pytester.path, "test_it.py")[0]


def test_they_are_merged_into_what_pytest_cov_counts(pytester):
    (pytester.path / "module.py").write_text(MODULE)
    pytester.makepyfile(test_it=TEST + "\ndef test_here():\n    assert module.never() == 1\n")
    result = pytester.runpytest_subprocess("--belay-cov", "--cov=module", "--cov-report=term-missing")
    result.assert_outcomes(passed=3)
    line = next(line for line in result.outlines if line.startswith("module.py"))
    cold, never = (MODULE.splitlines().index(text) + 1 for text in ('        found = "cold"', '        found = "never"'))
    assert str(cold) in line and str(never) in line and "%" in line
    # Whether a line ran on the board or here makes no difference.
    missing = line.split("%")[1]
    assert str(len(MODULE.splitlines())) not in missing


def test_workers_share_the_data(pytester):
    (pytester.path / "module.py").write_text(MODULE)
    pytester.makepyfile(test_it=TEST)
    pytester.runpytest_subprocess("--belay-cov", "-n", "2").assert_outcomes(passed=2)
    executable, missing = counted(pytester.path)
    assert len(executable) - len(missing) > 20


def test_a_module_is_not_kept_on_the_board(run, pytester):
    (pytester.path / "module.py").write_text(MODULE)
    result = run(
        TEST
        + """
def test_next(board):
    board("import os")
    assert "module.py" not in board("os.listdir('/')")
    with pytest.raises(Exception, match="ImportError"):
        board("import module")
"""
    )
    result.assert_outcomes(passed=3)
