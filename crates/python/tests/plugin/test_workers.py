"""Several processes and boards."""

SOURCE = """
import os
import pytest

@pytest.mark.parametrize("number", range(4))
def test_it(board, number):
    assert board(f"{number} + 1") == number + 1

def test_host(): pass
"""


def test_four_workers_and_two_boards(run, pytester, monkeypatch):
    # Boards that one process can have at a time.
    monkeypatch.setenv("XDG_DATA_HOME", str(pytester.path))
    result = run(SOURCE, "-n", "4", "--belay-device", "sim:one", "--belay-device", "sim:two")
    result.assert_outcomes(passed=9)


def test_two_workers_and_one_board(run, pytester, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(pytester.path))
    result = run(SOURCE, "-n", "2", "--belay-device", "sim:one")
    result.assert_outcomes(passed=5)


def test_each_worker_has_a_simulated_board(run):
    result = run(SOURCE, "-n", "2")
    result.assert_outcomes(passed=5)
