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


TWO = ("--belay-device", "one=sim:?fresh", "--belay-device", "two=sim:?fresh&latency=1ms")


def test_boards_run_their_tests_at_the_same_time(run, pytester):
    result = run(
        f"""
        import os
        import pathlib
        import time

        def test_meets_the_other_board(board, request):
            mine = request.node.callspec.id
            folder = pathlib.Path({str(pytester.path)!r})
            (folder / mine).touch()
            end = time.monotonic() + 30
            while not ((folder / "one").exists() and (folder / "two").exists()):
                assert time.monotonic() < end
                time.sleep(0.01)
            assert board("6 * 7") == 42

        def test_differs(board):
            print("at", board.implementation.name)
            assert os.getpid() != {__import__("os").getpid()} and not board("time.ticks_us() < 0") is None

        def test_host():
            assert os.getpid() == {__import__("os").getpid()}
        """,
        *TWO,
        "--junitxml",
        "report.xml",
    )
    result.assert_outcomes(passed=5)
    text = (pytester.path / "report.xml").read_text()
    assert 'tests="5"' in text and text.count('name="belay_device"') == 4


def test_failures_limits_and_crashes_are_those_of_one_process(run):
    failing = """
    import os
    import pytest

    def test_fails(board):
        print("said here")
        assert board("1") == 2

    @pytest.mark.parametrize("number", range(30))
    def test_many(board, number):
        import time
        time.sleep(0.1)
    """
    result = run(failing, *TWO, "--maxfail", "1")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*assert 1 == 2*", "said here", "*stopping after 1 failures*"])
    crashing = """
    import os

    def test_a(board): pass

    def test_crashes(board, request):
        if "one" in request.node.name:
            os._exit(3)
    """
    result = run(crashing, *TWO, "-p", "no:faulthandler")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["*the process for the tests of one has ended early*", "*test_crashes *failed *passed"])


def test_lines_of_all_boards_count(run, pytester):
    import coverage

    (pytester.path / "module.py").write_text(
        "import sys\n\n\ndef name():\n    if sys.implementation.name == 'micropython':\n"
        "        return 1\n    return 2\n"
    )
    source = """
    import pytest
    import module

    @pytest.mark.on_board
    def test_it():
        assert module.name()
    """
    boards = ("--belay-device", "sim:", "--belay-device", "cp=sim:?fresh&personality=circuitpython")
    run(source, *boards, "--belay-cov").assert_outcomes(passed=2)
    data = coverage.CoverageData(str(pytester.path / ".coverage"))
    data.read()
    assert set(data.lines(str(pytester.path / "module.py"))) >= {1, 4, 5, 6, 7}
