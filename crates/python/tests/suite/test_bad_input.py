import unittest

import belay


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.device = belay.Device("sim:?fresh")

    @classmethod
    def tearDownClass(cls):
        cls.device.close()

    def tearDown(self):
        # Whatever was wrong, the session is in step.
        self.assertEqual(self.device("6 * 7"), 42)

    def refused(self, kind, text):
        return self.assertRaisesRegex(kind, text)

    def test_a_lambda(self):
        with self.refused(belay.SourceNotFoundError, "lambda"):
            self.device.task(lambda x: x)

    def test_a_function_without_source(self):
        names = {}
        exec("def nowhere():\n    return 1", names)
        for decorate in (self.device.task, self.device.setup, self.device.thread):
            with self.refused(belay.SourceNotFoundError, "nowhere"):
                decorate(names["nowhere"])

    def test_something_that_is_no_function(self):
        for decorate in (self.device.task, self.device.setup, self.device.teardown, self.device.thread):
            with self.refused(TypeError, "5 is no function"):
                decorate(5)

    def test_a_closure_names_what_the_board_lacks(self):
        factor = 3

        @self.device.task
        def scaled(x):
            return factor * x

        with self.refused(belay.PyboardException, "factor is a variable of the function around scaled"):
            scaled(2)

    def test_a_closure_that_is_decorated(self):
        import functools

        factor = 3

        def logged(f):
            @functools.wraps(f)
            def call(*args):
                return f(*args)

            return call

        @self.device.task
        @logged
        def scaled(x):
            return factor * x

        with self.refused(belay.PyboardException, "NameError"):
            scaled(2)

    def test_a_default_that_is_no_literal(self):
        here = object()

        with self.refused(belay.PyboardException, "NameError"):

            @self.device.task
            def defaulted(x=here):
                return x

    def test_an_argument_that_is_no_literal_is_named(self):
        @self.device.task
        def task(a, b, *rest, c=None):
            return a

        sent = self.device("1 + 1")
        self.assertEqual(sent, 2)
        with self.refused(TypeError, 'the argument "b" is of type object'):
            task(1, object())
        with self.refused(TypeError, "argument 3 is of type set_iterator"):
            task(1, 2, iter({1}))
        with self.refused(TypeError, 'the argument "c" is of type type'):
            task(1, 2, c=int)
        with self.refused(TypeError, 'the argument "a" is of type object'):
            task([1, {"x": (object(),)}], 2)
        with self.refused(TypeError, "half of a surrogate pair"):
            task("\ud800", 1)

        @self.device.setup
        def prepare(pin):
            x = pin

        with self.refused(TypeError, "'pin'"):
            prepare(object())

    def test_an_argument_that_holds_itself(self):
        @self.device.task
        def task(a):
            return a

        endless = []
        endless.append(endless)
        with self.refused(TypeError, "nested too deeply"):
            task(endless)

    def test_a_generator_in_setup(self):
        with self.refused(ValueError, "only tasks can be generators"):

            @self.device.setup
            def generate():
                yield 1

    def test_reserved_names(self):
        with self.refused(belay.SpecialFunctionNameError, "_belay_x"):

            @self.device.task
            def _belay_x():
                pass

        with self.refused(belay.SpecialFunctionNameError, "__len__"):

            @self.device.setup
            def __len__():
                pass

    def test_autoinit_with_parameters(self):
        with self.refused(ValueError, "prepare has parameters"):

            class Wrong(belay.Device):
                @belay.Device.setup(autoinit=True)
                def prepare(x):
                    pass

    def test_autoinit_of_a_task(self):
        with self.refused(TypeError, "autoinit"):
            belay.Device.task(autoinit=True)(lambda: None)

    def test_a_result_that_is_no_literal(self):
        @self.device.task
        def odd():
            return [object()]

        self.assertIs(odd(), belay.UNPARSABLE_RESULT)

        @self.device.task
        def odds():
            yield object()
            yield 2

        self.assertEqual(list(odds()), [belay.UNPARSABLE_RESULT, 2])

    def test_a_device_closed_while_a_generator_is_open(self):
        device = belay.Device("sim:second?fresh")

        @device.task
        def numbers():
            yield 1
            yield 2

        open_generator = numbers()
        self.assertEqual(next(open_generator), 1)
        device.close()
        with self.refused(belay.DeviceClosedError, "closed"):
            next(open_generator)
        with self.refused(belay.ConnectionLost, "closed"):
            device("1")
        with self.refused(belay.DeviceClosedError, "closed"):
            device.proxy("[1]").append(2)

    def test_a_generator_that_is_not_used_up(self):
        @self.device.task
        def endless():
            i = 0
            while True:
                yield i
                i += 1

        for _ in range(20):
            self.assertEqual(next(endless()), 0)

    def test_a_program_that_leaves_the_interpreter(self):
        with self.refused(belay.PyboardException, "left the interpreter"):
            self.device("import sys\nsys.exit(3)")

    def test_a_progress_function_that_raises(self):
        import pathlib
        import tempfile

        folder = pathlib.Path(tempfile.mkdtemp())
        (folder / "a.txt").write_text("x" * 5000)

        def update(**facts):
            raise KeyError("progress")

        with self.refused(KeyError, "progress"):
            self.device.sync(folder, progress_update=update)

        def recursive(**facts):
            self.device("1")

        with self.refused(RuntimeError, "in the middle of a call"):
            self.device.sync(folder, progress_update=recursive)

    def test_no_such_device(self):
        for name in ("/dev/no-such-port", "sim:?nonsense=1", "nonsense://x", "tcp://127.0.0.1:1"):
            with self.subTest(name), self.assertRaises(belay.ConnectionFailedError):
                belay.Device(name)


if __name__ == "__main__":
    unittest.main()
