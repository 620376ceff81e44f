"""What reports say of boards."""

import xml.etree.ElementTree as ElementTree

FAILING = """
def test_fails(board):
    board("print('said by the board')")
    assert board("1 + 1") == 3

def test_lost(board, sim):
    sim.unplug()
    board("1")

def test_passes(board):
    board("print('said and not shown')")
"""


def test_output_and_the_kind_of_failure_are_in_the_report(run):
    result = run(FAILING)
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        [
            "E       *assert 2 == 3*",
            "*Captured stdout call*",
            "said by the board",
            "board: sim: (micropython *",
            "*ConnectionLost*",
            "failure: link lost",
            "advice: *",
            "trying again may help",
        ]
    )
    assert "said and not shown" not in result.stdout.str()


def test_junit_has_the_board_and_the_kind_of_failure(run, pytester):
    run(FAILING, "--junitxml", "report.xml")
    cases = ElementTree.parse(pytester.path / "report.xml").iter("testcase")
    found = {
        case.get("name"): {p.get("name"): p.get("value") for p in case.iter("property")} for case in cases
    }
    assert found["test_passes"] == {"belay_device": "sim:"}
    assert found["test_lost"] == {"belay_device": "sim:", "belay_failure": "link lost", "belay_retry": "yes"}


def test_verdicts_that_differ_between_boards_are_in_a_table(run):
    result = run(
        """
        def test_same(board): pass
        def test_version(board): assert board.implementation.name == "micropython"
        """,
        "--belay-device",
        "sim:",
        "--belay-device",
        "cp=sim:?fresh&personality=circuitpython",
    )
    result.assert_outcomes(passed=3, failed=1)
    lines = result.outlines
    at = next(i for i, line in enumerate(lines) if "verdicts that differ between boards" in line)
    assert lines[at + 1].split() == ["sim:", "cp"]
    assert lines[at + 2].split() == ["test_it.py::test_version", "passed", "failed"]
    assert "test_same" not in "".join(lines[at + 1 : at + 4])


def test_names_of_tests_are_the_same_on_each_board(run):
    source = """
    import pytest

    @pytest.mark.parametrize("number", [1, 2])
    def test_it(board, number): pass
    """
    names = []
    for spec in ("sim:", "lamp=sim:?fresh&latency=1ms"):
        result = run(source, "-v", "--belay-device", spec)
        names.append([line.split(" ")[0] for line in result.outlines if "PASSED" in line])
    assert names[0] == names[1] == ["test_it.py::test_it[1]", "test_it.py::test_it[2]"]
