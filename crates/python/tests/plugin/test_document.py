"""What the documentation shows."""

from conftest import DOCUMENT, blocks


def test_the_tests_of_the_documentation_pass(pytester):
    found = blocks("python")
    assert set(found) == {"test_thermometer.py", "conftest.py", "test_world.py", "test_average.py"}
    for name in found:
        if name == "conftest.py":
            continue
        (pytester.path / name).write_text(found[name])
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=7)


def test_what_a_failure_on_the_board_looks_like_is_true(pytester):
    source = blocks("python")["test_average.py"].replace("== 2\n", "== 3\n")
    (pytester.path / "test_average.py").write_text(source)
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    text = DOCUMENT.read_text(encoding="utf-8")
    shown = text.split("```text\n>", 1)[1].split("```")[0]
    assert ">" + shown.rstrip() in result.stdout.str()


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
