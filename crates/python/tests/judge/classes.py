"""Subclasses of Device: methods that are sent to the board."""

import belay
from belay import Device


class _Basic(Device):
    """A board with something of everything."""

    @Device.setup(autoinit=True)
    def prepare():
        state = ["prepared"]

    @Device.setup
    def configure(x):
        configured = x

    @Device.task
    def add(a, b=10):
        return a + b

    @Device.task
    def numbers(n):
        for i in range(n):
            yield i

    @Device.task
    def fail():
        return [][0]

    @Device.thread
    def background(x):
        state.append(x)

    @Device.teardown
    def finish():
        print("finished with", state)

    def on_the_host(self, x):
        return self.add(x, x) + 1

    def read_state(self):
        return self("state")

    @staticmethod
    def fixed():
        return "fixed"


def basic(bench):
    bench.free()
    with _Basic(bench.port) as device:
        first = device.add(1), device.add(1, 2), device.add(a=3), list(device.numbers(3))
        device.configure(4)
        return first, device("configured"), device.on_the_host(5), device.read_state(), device.fixed()


def basic_thread(bench):
    with _Basic(bench.port) as device:
        device.background("from a thread")
        while len(device.read_state()) < 2:
            pass
        return device.read_state()


def basic_exception(bench):
    with _Basic(bench.port) as device:
        return device.fail()


def teardown_after_an_exception(bench):
    with _Basic(bench.port):
        raise RuntimeError("of the host")


def named_attributes(bench):
    with _Basic(bench.port) as device:
        return device.task.add(1, 1), device.setup.prepare.__name__, callable(device.thread.background)


class _Hooks(Device):
    def __pre_autoinit__(self):
        print("before", self("'ready' in globals()"))
        self("from_hook = 1")

    @Device.setup(autoinit=True)
    def first():
        ready = from_hook + 1

    @Device.setup(autoinit=True)
    def second():
        ready += 1

    def __post_init__(self):
        self.level = self("ready")
        print("after", self.level)


def hooks(bench):
    with _Hooks(bench.port) as device:
        return device.level


class _Overloaded(Device):
    @Device.task(implementation="circuitpython")
    def where():
        return "on circuitpython"

    @Device.task(implementation="micropython")
    def where():
        return "on micropython"

    @Device.task
    def anywhere():
        return "anywhere"


def overloaded(bench):
    with _Overloaded(bench.port) as device:
        return device.where(), device.anywhere()


class _Child(_Overloaded):
    @Device.task(implementation="circuitpython")
    def where():
        return "child on circuitpython"

    @Device.task
    def anywhere():
        return "child anywhere"


def overloaded_in_a_child(bench):
    with _Child(bench.port) as device:
        return device.where(), device.anywhere()


def overloaded_after_a_catchall(bench):
    class OverloadedAfterACatchall(Device):
        @Device.task
        def f():
            return 1

        @Device.task(implementation="micropython")
        def f():
            return 2


def mixed_with_a_method(bench):
    class MixedWithAMethod(Device):
        @Device.task
        def f():
            return 1

        def f(self):
            return 2


class _Led(metaclass=belay.DeviceMeta):
    @Device.setup(autoinit=True)
    def led_setup():
        led = []

    @Device.task
    def led_set(value):
        led.append(value)
        return len(led)


class _Motor(metaclass=belay.DeviceMeta):
    @Device.task
    def motor_turn(n):
        return n * 360

    def turn_twice(self):
        return self.motor_turn(2)


class _Robot(Device, _Led, _Motor):
    @Device.task
    def both():
        return led, motor_turn(1)


def mixed_in(bench):
    with _Robot(bench.port) as device:
        return device.led_set(1), device.motor_turn(3), device.turn_twice(), device.both()


def order_of_bases(bench):
    return [base.__name__ for base in _Robot.__mro__]


def autoinit_with_arguments(bench):
    class AutoinitWithArguments(Device):
        @Device.setup(autoinit=True)
        def f(x):
            y = x


def teardown_with_arguments(bench):
    class TeardownWithArguments(Device):
        @Device.teardown
        def f(x):
            y = x


def registry(bench):
    class Registered(Device):
        pass

    return "registered" in Device, Device["registered"] is Registered, Device["Registered"] is Registered


def registry_without_a_match(bench):
    return Device["nobody_is_called_so"]


def stomped_name(bench):
    class Stomped(Device):
        @Device.setup(autoinit=True)
        def setup():
            stomped = 1

    with Stomped(bench.port) as device:
        return device("stomped"), device.task is not None


def method_with_options(bench):
    class MethodWithOptions(Device):
        @Device.task(minify=False, trusted=True, register=False)
        def odd():
            return bytearray(b"x")

        @Device.setup(ignore_errors=True)
        def careless():
            x = 1 / 0

    with MethodWithOptions(bench.port) as device:
        return device.odd(), device.careless(), hasattr(device.task, "odd")


def own_init(bench):
    class OwnInit(Device):
        def __init__(self, port, extra):
            super().__init__(port, auto_sync_time=False)
            self.extra = extra

        @Device.task
        def f():
            return 1

    with OwnInit(bench.port, "more") as device:
        return device.extra, device.f()


def inherited_task(bench):
    class InheritedTaskBase(Device):
        @Device.task
        def base_task():
            return "base"

    class InheritedTaskDerived(InheritedTaskBase):
        @Device.task
        def derived_task():
            return "derived"

    with InheritedTaskDerived(bench.port) as device:
        return device.base_task(), device.derived_task()


def overridden_task(bench):
    class OverriddenTaskBase(Device):
        @Device.task
        def f():
            return "base"

    class OverriddenTaskDerived(OverriddenTaskBase):
        @Device.task
        def f():
            return "derived"

    with OverriddenTaskDerived(bench.port) as device:
        return device.f()


def teardown_order(bench):
    class TeardownOrder(Device):
        @Device.teardown
        def zebra():
            print("zebra first")

        @Device.teardown
        def antelope():
            print("antelope second")

    with TeardownOrder(bench.port):
        print("open")


def autoinit_order(bench):
    class AutoinitOrder(Device):
        @Device.setup(autoinit=True)
        def zebra():
            order = ["zebra"]

        @Device.setup(autoinit=True)
        def antelope():
            order.append("antelope")

    with AutoinitOrder(bench.port) as device:
        return device("order")


def task_with_the_class(bench):
    return _Basic.add.__class__.__name__ != "", isinstance(_Basic, belay.DeviceMeta)


def reserved_method(bench):
    class ReservedMethod(Device):
        @Device.task
        def _belay_f():
            return 1

    with ReservedMethod(bench.port) as device:
        return device._belay_f()
