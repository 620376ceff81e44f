"""The fixture ``board``, and how a board is put right between two tests."""

import socket

import pytest

# What a test does to the board, and how it ends; the test behind it finds the board as it was.
ABUSES = {
    "names": ("board('left = [1]; print = None')", "passed"),
    "a pin": ("board('Pin(25, Pin.OUT).on()')", "passed"),
    "a timer": ("board('import machine\\ntimer = machine.Timer(-1)')", None),
    "a thread": ("board('import _thread\\n_thread.start_new_thread(lambda: [None for _ in iter(int, 1)], ())')", "passed"),
    "a full heap": (
        "board('rest = []\\ntry:\\n while True: rest.append(bytearray(1000))\\nexcept MemoryError: pass')",
        "passed",
    ),
    "printing for ever": ("board('while True: print(\"more\")')", "failed"),
    "a reset": ("board('import machine\\nmachine.reset()')", "failed"),
    "a soft reset": ("board.soft_reset()", "passed"),
    "no files": ("board('import os\\nfor name in os.listdir(): os.remove(name)')", None),
    "a module of its own": ("board('open(\"own.py\", \"w\").close()\\nimport own')", "passed"),
    "another folder": ("board('import os\\nos.mkdir(\"f\")\\nos.chdir(\"f\")')", "passed"),
    "a closed device": ("board.close()", "passed"),
    "sys.path": ("board('import sys; sys.path.clear()')", "passed"),
    "a registered task": ("board.task(helper)", "passed"),
    "events": ("board.on('x')(print); board('belay_emit(\"x\")')", "passed"),
    "a function of the host": ("board.host(helper); assert board('helper()') == 1", "passed"),
}


def test_each_abuse_is_one_verdict_and_the_next_test_finds_the_board_as_it_was(pytester):
    lines = ["import pytest", "def helper(): return 1", "names = None"]
    for number, (code, _) in enumerate(ABUSES.values()):
        lines += [
            f"def test_{number}_abuse(board, sim):",
            f"    {code}",
            f"def test_{number}_next(board, sim):",
            "    global names",
            "    found = board('[n for n in globals() if not n.startswith(\"_belay\")]')",
            "    names = names or sorted(found)",
            "    assert sorted(found) == names",
            "    assert board('print is not None and sum([1, 2])') == 3",
            "    assert board('len(__import__(\"sys\").path)') > 0",
            "    assert board('__import__(\"os\").getcwd()') == '/'",
            "    assert not hasattr(board.task, 'helper')",
            "    assert sim.pin(25).history == []",
        ]
    pytester.makepyfile(test_it="\n".join(lines))
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "--belay-timeout", "6", "-rA")
    verdicts = {}
    for line in result.outlines:
        for verdict in ("PASSED", "FAILED", "ERROR"):
            if line.startswith(f"{verdict} test_it.py::"):
                name = line.split("::")[1].split(" ")[0]
                assert name not in verdicts, line
                verdicts[name] = verdict.lower()
    for number, (name, (_, verdict)) in enumerate(ABUSES.items()):
        assert verdicts[f"test_{number}_next"] == "passed", name
        if verdict is not None:
            assert verdicts[f"test_{number}_abuse"] == verdict, name


def test_what_leaves_no_traces_takes_one_round_trip_more(run):
    result = run(
        """
        import pytest

        trips = []

        @pytest.fixture
        def counted(request, sim):
            yield
            trips.append(sim.request("round_trips"))

        @pytest.mark.parametrize("number", range(4))
        def test_names(board, sim, number):
            trips.append(sim.request("round_trips"))
            board("left = 1")
            trips.append(sim.request("round_trips"))

        def test_count(board, sim):
            trips.append(sim.request("round_trips"))
            # What lies between the end of a test and the beginning of the next.
            assert [trips[n + 1] - trips[n] for n in (1, 3, 5, 7)] == [1, 1, 1, 1]
        """
    )
    result.assert_outcomes(passed=5)


def test_collecting_opens_no_port(run):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        port = server.getsockname()[1]
        source = """
        import pytest

        def test_a(board): pass

        @pytest.mark.requires("wifi")
        def test_b(): pass
        """
        result = run(source, "--collect-only", "--belay-device", f"tcp://127.0.0.1:{port}")
        result.stdout.fnmatch_lines(["*<Function test_a>*", "*<Function test_b>*"])
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_board_that_is_not_there_is_said_once_and_tests_without_a_board_run(run):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    source = """
    def test_host(): pass
    def test_a(board): pass
    def test_b(board): pass
    """
    result = run(source, "--belay-device", f"tcp://127.0.0.1:{port}")
    result.assert_outcomes(passed=1, errors=2)
    result.stdout.fnmatch_lines(["failure: no connection", "failure: board gone"])


def test_features_and_names_choose_the_board(run, pytester):
    pytester.makepyprojecttoml('[tool.belay.devices]\nlamp = "sim:?fresh"\n')
    source = """
    import pytest

    @pytest.mark.requires("micropython", "json", "sim")
    def test_has(): pass

    @pytest.mark.requires("threads", "circuitpython")
    def test_lacks(): assert False

    @pytest.mark.board("lamp")
    def test_lamp(board): assert board("1 + 1") == 2
    """
    result = run(source, "-rs")
    result.assert_outcomes(passed=2, skipped=1)
    result.stdout.fnmatch_lines(["*sim: (micropython * has no circuitpython*"])
    result = run(source, "-rs", "--belay-device", "sim:")
    result.assert_outcomes(passed=1, skipped=2)
    result.stdout.fnmatch_lines(["*the board 'lamp' is none of --belay-device*"])
    result = run("import pytest\n@pytest.mark.board('lump')\ndef test_a(board): pass")
    result.stdout.fnmatch_lines(["*no board is called 'lump'*"])


def test_a_class_of_one_s_own(run):
    result = run(
        """
        import belay
        import pytest

        class Lamp(belay.Device):
            @belay.Device.setup(autoinit=True)
            def setup():
                lamp = Pin(25, Pin.OUT)

            @belay.Device.task
            def light():
                lamp.on()
                return lamp.value()

        @pytest.fixture(scope="session")
        def belay_device_class():
            return Lamp

        @pytest.mark.parametrize("number", range(2))
        def test_lamp(board, sim, number):
            assert board.light() == 1
            assert sim.pin(25).level == 1
        """
    )
    result.assert_outcomes(passed=2)
