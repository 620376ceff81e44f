"""Functions that are sent to the board: setup, task, thread, teardown."""

import inspect

import belay


def task(bench):
    @bench.device.task
    def double(x):
        return 2 * x

    return double(4), double("ab"), double([1]), double(x=1.5)


def task_by_its_name(bench):
    @bench.device.task
    def named(x):
        return x

    return bench.device.task.named(3)


def task_not_registered(bench):
    @bench.device.task(register=False)
    def unregistered():
        return 1

    return unregistered(), hasattr(bench.device.task, "unregistered")


def task_with_empty_parentheses(bench):
    @bench.device.task()
    def parentheses():
        return "here"

    return parentheses()


def task_not_minified(bench):
    @bench.device.task(minify=False)
    def wide():
        # A comment that travels.
        return   6   *   7

    return wide()


def task_with_defaults(bench):
    @bench.device.task
    def defaults(a, b=2, *rest, c=3, **more):
        return a, b, rest, c, more

    return defaults(1), defaults(1, 5, 6, 7), defaults(1, c=4, d=5), defaults(*[1, 2], **{"x": None})


def task_with_all_kinds_of_arguments(bench):
    @bench.device.task
    def same(x):
        return x

    values = (None, True, 1, -(2**65), 1.25, "h\u00e9'\"\n\\", b"\x00\xff", [1, [2]], (1,), {"a": {1: 2}}, {3}, set())
    return [same(value) for value in values]


def task_with_annotations(bench):
    @bench.device.task
    def annotated(x: int, *, y: str = "a") -> str:
        z: int = 1
        return y * x * z

    return annotated(2), annotated(1, y="b")


def task_that_prints(bench):
    @bench.device.task
    def speaker(x):
        print("board says", x)
        return x

    return speaker("hello")


def task_without_result(bench):
    @bench.device.task
    def silent():
        pass

    return silent()


def task_with_a_docstring(bench):
    @bench.device.task
    def documented(x):
        """Adds one."""
        # and nothing else
        return x + 1

    return documented(1), documented.__name__, documented.__doc__, inspect.signature(documented)


def task_unwrapped(bench):
    def plain(x):
        return x

    wrapped = bench.device.task(plain)
    return wrapped.__wrapped__ is plain, wrapped.__module__ == plain.__module__, callable(wrapped)


def task_that_calls_a_task(bench):
    @bench.device.task
    def inner(x):
        return x + 1

    @bench.device.task
    def outer(x):
        return inner(inner(x))

    return outer(1)


def task_that_recurs(bench):
    @bench.device.task
    def factorial(n):
        return 1 if n < 2 else n * factorial(n - 1)

    return factorial(25)


def task_with_a_global(bench):
    @bench.device.task
    def count():
        global counted
        counted += 1
        return counted

    bench.device("counted = 0")
    return count(), count(), bench.device("counted")


def task_that_raises(bench):
    @bench.device.task
    def failing(x):
        y = 1
        return [y][x]

    return failing(3)


def task_that_raises_in_another(bench):
    @bench.device.task
    def deep():
        return {}["nothing"]

    @bench.device.task
    def shallow():
        return deep()

    return shallow()


def task_whose_traceback_names_this_file(bench):
    @bench.device.task
    def traced():
        return undefined_here

    try:
        traced()
    except belay.PyboardException as error:
        lines = str(error).splitlines()
        return [line.strip().rpartition("/")[2].split(",")[0] for line in lines if ".py" in line]


def task_without_an_argument(bench):
    @bench.device.task
    def one(x):
        return x

    return one()


def task_with_too_many_arguments(bench):
    @bench.device.task
    def only(x):
        return x

    return only(1, 2)


def task_with_an_argument_that_is_no_literal(bench):
    @bench.device.task
    def anything(x):
        return x

    return anything(object())


def task_with_a_result_that_is_no_literal(bench):
    @bench.device.task
    def odd():
        return object()

    return odd()


def task_trusted(bench):
    @bench.device.task(trusted=True)
    def trusted():
        return bytearray(b"abc"), range(2)

    return trusted()


def task_defined_twice(bench):
    @bench.device.task
    def twice():
        return 1

    @bench.device.task
    def twice():
        return 2

    return twice()


def task_with_a_reserved_name(bench):
    @bench.device.task
    def _belay_mine():
        return 1

    return _belay_mine()


def task_with_a_magic_name(bench):
    @bench.device.task
    def __mine__():
        return 1

    return __mine__()


def task_with_several_decorators(bench):
    calls = []

    def counting(function):
        def counted(*args):
            calls.append(args)
            return function(*args)

        return counted

    @counting
    @bench.device.task
    def decorated(x):
        return x

    return decorated(1), decorated(2), calls


def task_on_one_line(bench):
    @bench.device.task
    def short(x): return x + 1

    return short(1)


def task_with_a_nested_function(bench):
    @bench.device.task
    def nesting(x):
        def nested(y):
            return x + y

        return nested(1)

    return nesting(2)


def task_with_text_over_lines(bench):
    @bench.device.task
    def lines():
        text = """one
    two
three"""
        return text

    return lines()


def task_unknown_option(bench):
    @bench.device.task(colour="red")
    def coloured():
        return 1

    return coloured()


def generator(bench):
    @bench.device.task
    def counting(n):
        for i in range(n):
            yield i

    return list(counting(3)), list(counting(0)), sum(counting(10))


def generator_step_by_step(bench):
    @bench.device.task
    def steps():
        yield "a"
        yield "b"

    numbers = steps()
    gave = next(numbers), next(numbers), next(numbers, "end"), next(numbers, "end")
    return gave


def generator_that_prints(bench):
    @bench.device.task
    def spoken():
        for i in range(2):
            print("giving", i)
            yield i

    for item in spoken():
        print("got", item)


def generator_send(bench):
    @bench.device.task
    def summing():
        total = 0
        while True:
            total += yield total

    sums = summing()
    return next(sums), sums.send(5), sums.send(7)


def generator_closed_early(bench):
    @bench.device.task
    def endless():
        i = 0
        while True:
            yield i
            i += 1

    numbers = endless()
    first = next(numbers)
    numbers.close()
    return first, next(numbers, "end")


def generators_at_once(bench):
    @bench.device.task
    def letters(text):
        for letter in text:
            yield letter

    return list(zip(letters("abc"), letters("xyz")))


def generator_that_raises(bench):
    @bench.device.task
    def breaking():
        yield 1
        raise ValueError("enough")

    numbers = breaking()
    first = next(numbers)
    print(first)
    return next(numbers)


def generator_is_one(bench):
    @bench.device.task
    def gen():
        yield 1

    return inspect.isgenerator(gen()), hasattr(gen(), "send")


def generator_recorded(bench):
    @bench.device.task(record=True)
    def recorded():
        yield 1

    return list(recorded())


def generator_with_calls_between(bench):
    @bench.device.task
    def between():
        for i in range(3):
            yield i

    return [(i, bench.device("1 + 1")) for i in between()]


def setup(bench):
    @bench.device.setup
    def prepare():
        prepared = 6 * 7

    return prepare(), bench.device("prepared")


def setup_with_arguments(bench):
    @bench.device.setup
    def configure(pin, name="x"):
        configured = name * pin

    return configure(3), bench.device("(configured, pin, name)"), configure(2, "y"), bench.device("configured")


def setup_that_imports(bench):
    @bench.device.setup
    def imports():
        import math
        from math import pi as circle

    imports()
    return bench.device("math.floor(circle)")


def setup_that_prints(bench):
    @bench.device.setup
    def chatty():
        print("setting up")

    return chatty()


def setup_that_raises(bench):
    @bench.device.setup
    def broken():
        x = 1 / 0

    return broken()


def setup_that_ignores_errors(bench):
    @bench.device.setup(ignore_errors=True)
    def careless():
        reached = 1
        x = 1 / 0

    return careless(), bench.device("reached")


def setup_by_its_name(bench):
    @bench.device.setup
    def called():
        was_called = True

    return bench.device.setup.called(), bench.device("was_called")


def setup_not_registered(bench):
    @bench.device.setup(register=False, minify=False, record=False)
    def hidden():
        unseen = 1

    return hidden(), hasattr(bench.device.setup, "hidden")


def setup_of_a_generator(bench):
    @bench.device.setup
    def generating():
        yield 1


def setup_with_wrong_arguments(bench):
    @bench.device.setup
    def strict(a):
        b = a

    return strict()


def setup_over_several_lines(bench):
    @bench.device.setup
    def several(
        first,
        second=2,
    ):
        """What this is for."""
        # A comment in front.
        third = (
            first
            + second
        )
        if third:
            fourth = [
                third,
            ]

    several(1)
    return bench.device("(third, fourth)")


def setup_with_a_function(bench):
    @bench.device.setup
    def defining():
        def helper(x):
            return x * 3

        class Thing:
            size = 4

    defining()
    return bench.device("helper(Thing.size)")


def setup_with_a_reserved_name(bench):
    @bench.device.setup
    def __belay_mine():
        x = 1


def thread(bench):
    @bench.device.setup
    def flag():
        flagged = []

    @bench.device.thread
    def background(x, y=2):
        flagged.append(x + y)

    flag()
    gave = background(5)
    while not bench.device("flagged"):
        pass
    return gave, bench.device("flagged"), bench.device.thread.background.__name__


def teardown(bench):
    import belay

    bench.free()
    with belay.Device(bench.port) as device:

        @device.teardown
        def first():
            print("first out")

        @device.teardown
        def second():
            print("second out")

        print("inside")
    return "closed"


def teardown_called(bench):
    @bench.device.teardown(register=True)
    def by_hand():
        torn = True

    return by_hand(), bench.device.teardown.by_hand(), bench.device("torn")
