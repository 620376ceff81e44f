"""What the documentation shows."""

from conftest import blocks


def test_the_tests_of_the_documentation_pass(pytester):
    found = blocks("python")
    assert set(found) == {"test_thermometer.py", "conftest.py", "test_world.py"}
    for name in ("test_thermometer.py", "test_world.py"):
        (pytester.path / name).write_text(found[name])
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=5)


def test_the_class_of_the_documentation_is_what_tests_get(pytester):
    pytester.makeconftest(blocks("python")["conftest.py"])
    pytester.makepyfile(test_it="def test_it(board): assert board.light() == 1")
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_the_same_tests_run_on_a_board_that_is_given(pytester):
    import belay

    (pytester.path / "test_thermometer.py").write_text(blocks("python")["test_thermometer.py"])
    with belay.Device(f"sim:?fresh&flash={pytester.path}/board.img") as device:
        # A port like any other.
        port = device._belay_session.port
        device._belay_session.release()
        result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "--belay-device", port)
    result.assert_outcomes(passed=3)
