import io
import os
import threading
import time
import unittest

import belay


class Host(unittest.TestCase):
    def setUp(self):
        self.device = belay.Device("sim:?fresh")
        self.addCleanup(self.device.close)

    def tearDown(self):
        if self._outcome.success:
            self.assertEqual(self.device("6 * 7"), 42)

    def test_arguments_and_results_cross(self):
        seen = []

        @self.device.host
        def ask(*args, **kwargs):
            seen.append((args, kwargs))
            return {"answer": [1, "h\u00e9\u2192\U0001f40d", b"\x00\xff", (2.5, None)]}

        @self.device.task
        def question(n):
            return ask(n, "a\nb", key=[True])["answer"], n

        self.assertEqual(question(5), ([1, "h\u00e9\u2192\U0001f40d", b"\x00\xff", (2.5, None)], 5))
        self.assertEqual(seen, [((5, "a\nb"), {"key": [True]})])
        self.assertEqual(ask(1), {"answer": [1, "h\u00e9\u2192\U0001f40d", b"\x00\xff", (2.5, None)]})

    def test_output_keeps_its_order(self):
        stream = io.StringIO()

        @self.device.host
        def note(text):
            stream.write(f"host: {text}\n")

        self.device("for i in range(3):\n    print('before', i)\n    note(i)\n    print('after', i)", stream_out=stream)
        expected = "".join(f"before {i}\nhost: {i}\nafter {i}\n" for i in range(3))
        self.assertEqual(stream.getvalue(), expected)

    def test_a_function_of_the_host_may_call_the_board(self):
        @self.device.task
        def double(x):
            return 2 * x

        @self.device.host
        def through_the_board(x):
            self.device("counted = 0")
            for _ in range(x):
                self.device("counted += 1")
            return double(self.device("counted")), self.device(f"double({x})")

        @self.device.task
        def outer(x):
            return through_the_board(x)

        self.assertEqual(outer(3), (6, 6))

    def test_a_function_of_the_host_may_send_tasks(self):
        @self.device.host
        def later(x):
            @self.device.task
            def increment(y):
                return y + 1

            @self.device.setup
            def prepare(z):
                prepared = z

            prepare(x)
            return increment(x)

        self.assertEqual(self.device("later(4)"), 5)
        self.assertEqual(self.device("prepared"), 4)

    def test_proxies_work_in_a_function_of_the_host(self):
        self.device("kept = [1, 2]")
        outer = self.device.proxy("kept")
        made = []

        @self.device.host
        def work():
            outer.append(3)
            inner = self.device.proxy("[kept, 7]")
            made.append(inner)
            inner[0].append(4)
            with self.assertRaises(IndexError):
                inner[5]
            return [len(outer), inner[1], 4 in outer, list(outer), outer[-1] + 1]

        self.assertEqual(self.device("work()"), [4, 7, True, [1, 2, 3, 4], 5])
        self.assertEqual(made[0][0][3], 4)

    def test_generators_work_in_a_function_of_the_host(self):
        @self.device.task
        def numbers(n):
            for i in range(n):
                got = yield i
                if got:
                    yield got
            1 / (n - 4)

        begun_outside = numbers(9)
        self.assertEqual(next(begun_outside), 0)
        begun_inside = []

        @self.device.host
        def work():
            steps = numbers(9)
            begun_inside.append(steps)
            mixed = [next(begun_outside), next(steps), steps.send("sent")]
            with self.assertRaisesRegex(belay.PyboardException, "ZeroDivisionError"):
                list(numbers(4))
            closed = numbers(2)
            next(closed)
            closed.close()
            return mixed, list(numbers(3))

        self.assertEqual(self.device("work()"), ([1, 0, "sent"], [0, 1, 2]))
        self.assertEqual(next(begun_inside[0]), 1)
        self.assertEqual(next(begun_outside), 2)

    def test_batches_and_times_work_in_a_function_of_the_host(self):
        @self.device.task
        def double(x):
            return 2 * x

        @self.device.task(return_time=True)
        def timed():
            return "now"

        @self.device.host
        def work():
            with self.device.batch() as batch:
                first = batch("batched = 5")
                second = batch("batched + 1")
                third = batch("1 / 0")
                fourth = batch.call(double, 4)
            self.assertEqual(third.exception().kind, "ZeroDivisionError")
            text, moment = timed()
            self.assertLess(abs(moment.timestamp() - time.time()), 5)
            return first.result(), second.result(), fourth.result(), text

        self.device.sync_time()
        self.assertEqual(self.device("work()"), (None, 6, 8, "now"))

    def test_functions_and_threads_may_come_from_a_function_of_the_host(self):
        @self.device.host
        def work():
            @self.device.host
            def another(x):
                return x * 3

            @self.device.thread
            def background():
                from_thread.append(1)

            self.device("from_thread = []")
            background()
            return self.device("another(3)")

        self.assertEqual(self.device("work()"), 9)
        self.assertEqual(self.device("another(5)"), 15)
        self.device("while not from_thread: sleep(0.001)")

    def test_what_a_function_of_the_host_cannot_do_is_said(self):
        actions = {
            "sync": lambda: self.device.sync(os.path.dirname(__file__)),
            "clocks": lambda: self.device.sync_time(),
            "reset": lambda: self.device.soft_reset(),
            "reconnect": lambda: self.device.reconnect(),
            "close": lambda: self.device.close(),
            "terminal": lambda: self.device.terminal(),
            "events": lambda: self.device.events.get(0.01),
        }

        @self.device.host
        def act(name):
            actions[name]()

        for name in actions:
            with self.subTest(name):
                with self.assertRaisesRegex(belay.PyboardException, "in the middle of a call"):
                    self.device(f"act({name!r})")
                self.assertEqual(self.device("1 + 1"), 2)

    def test_a_function_with_a_time_limit_cannot_use_the_device(self):
        @self.device.host(timeout=5)
        def ask():
            return self.device("1")

        with self.assertRaisesRegex(belay.PyboardException, "cannot use the device"):
            self.device("ask()")

    def test_another_thread_interrupts_what_a_function_of_the_host_runs(self):
        begun = threading.Event()

        class Begun:
            def write(self, text):
                begun.set()

        @self.device.host
        def busy():
            self.device("print('begun')\nwhile True: pass", stream_out=Begun())

        threading.Thread(target=lambda: (begun.wait(20), self.device.interrupt())).start()
        with self.assertRaisesRegex(belay.PyboardException, "KeyboardInterrupt"):
            self.device("busy()")

    def test_threads_of_the_board_cannot_call(self):
        @self.device.host
        def ask():
            return 1

        @self.device.setup
        def begin():
            refused = []

            def run():
                try:
                    ask()
                except RuntimeError as error:
                    refused.append(str(error))

            import _thread

            _thread.start_new_thread(run, ())
            while not refused:
                sleep(0.01)

        begin()
        self.assertIn("main program", self.device("refused[0]"))

    def test_exceptions_of_the_host_cross_the_board(self):
        class Special(Exception):
            pass

        @self.device.host
        def fail(kind):
            raise {"value": ValueError, "special": Special}[kind]("so it is")

        @self.device.task
        def careful(kind):
            try:
                fail(kind)
            except Exception as error:
                return type(error).__name__, str(error)

        self.assertEqual(careful("value"), ("ValueError", "so it is"))
        self.assertEqual(careful("special"), ("RuntimeError", "Special: so it is"))

        @self.device.task
        def careless(kind):
            return fail(kind)

        with self.assertRaises(belay.PyboardException) as caught:
            careless("special")
        self.assertIsInstance(caught.exception.__cause__, Special)
        self.assertIn("return fail(kind)", str(caught.exception))
        with self.assertRaises(belay.PyboardException) as caught:
            careless("value")
        self.assertIsInstance(caught.exception.__cause__, ValueError)
        self.assertEqual(caught.exception.kind, "ValueError")

    def test_exceptions_of_the_board_cross_the_host(self):
        @self.device.task
        def divide(x):
            return 1 / x

        seen = []

        @self.device.host
        def between(x):
            try:
                return divide(x)
            except belay.PyboardException as error:
                seen.append(error)
                raise

        @self.device.task
        def outer(x):
            try:
                return between(x)
            except ZeroDivisionError as error:
                return "crossed: " + str(error)

        self.assertEqual(outer(0), "crossed: divide by zero")
        self.assertEqual(seen[0].kind, "ZeroDivisionError")
        self.assertIn("return 1 / x", str(seen[0]))
        self.assertEqual(outer(4), 0.25)

    def test_recursion_has_a_bound(self):
        depths = []

        @self.device.host
        def down(n):
            depths.append(n)
            return self.device(f"down({n + 1})")

        with self.assertRaisesRegex(belay.PyboardException, "inside of each other"):
            self.device("down(0)")
        self.assertLess(len(depths), 20)

    def test_a_result_that_has_no_literal(self):
        @self.device.host
        def odd():
            return object()

        with self.assertRaisesRegex(belay.PyboardException, "TypeError: the result of odd is of type object"):
            self.device("odd()")

    def test_a_time_limit(self):
        release = threading.Event()
        self.addCleanup(release.set)

        @self.device.host(timeout=0.1)
        def slow():
            release.wait(5)

        with self.assertRaisesRegex(belay.PyboardException, "longer than 0.1 s"):
            self.device("slow()")

    def test_generators_and_setups_may_call(self):
        @self.device.host(name="fetch")
        def other_name(n):
            return n * 10

        @self.device.task
        def numbers():
            for i in range(3):
                yield fetch(i)

        self.assertEqual(list(numbers()), [0, 10, 20])

        @self.device.setup
        def prepare():
            fetched = fetch(7)

        prepare()
        self.assertEqual(self.device("fetched"), 70)

    def test_other_threads_wait(self):
        begun, go_on = threading.Event(), threading.Event()

        @self.device.host
        def slow():
            begun.set()
            go_on.wait(20)
            return 1

        results = []
        threads = [
            threading.Thread(target=lambda: results.append(self.device("slow() + 1"))),
            threading.Thread(target=lambda: results.append(self.device("10"))),
        ]
        threads[0].start()
        self.assertTrue(begun.wait(20))
        threads[1].start()
        self.assertEqual(results, [])
        go_on.set()
        for thread in threads:
            thread.join()
        self.assertEqual(results, [2, 10])

    def test_names_that_cannot_be(self):
        with self.assertRaises(belay.SpecialFunctionNameError):
            self.device.host(name="_belay_x")(print)
        with self.assertRaises(belay.SpecialFunctionNameError):
            self.device.host(lambda: 1)


if __name__ == "__main__":
    unittest.main()
