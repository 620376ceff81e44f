# Test cases for boards, by the names of CPython's module. Whoever imports `unittest` in a test gets
# this one.


class SkipTest(Exception):
    pass


class _Raises:
    def __init__(self, expected, pattern=None):
        self.expected = expected
        self.pattern = pattern
        self.exception = None

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        if kind is None:
            raise AssertionError("%s not raised" % _name(self.expected))
        if not issubclass(kind, self.expected):
            return False
        self.exception = value
        if self.pattern is not None:
            import re

            if not re.search(self.pattern, str(value)):
                raise AssertionError("%r does not match %r" % (str(value), self.pattern))
        return True


def _name(kinds):
    if isinstance(kinds, tuple):
        return " or ".join(kind.__name__ for kind in kinds)
    return kinds.__name__


class _SubTest:
    def __init__(self, case, message, parameters):
        self.case = case
        self.parameters = parameters if message is None else (message, parameters)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        # The others run nevertheless; the first that fails is what the test fails with.
        if kind is None or not issubclass(kind, Exception) or issubclass(kind, SkipTest):
            return False
        print("subtest failed:", self.parameters, repr(value))
        if self.case._failure is None:
            self.case._failure = value
        return True


class TestCase:
    _failure = None

    def setUp(self):
        pass

    def tearDown(self):
        pass

    def run(self, result=None):
        raise NotImplementedError("tests are run from the host")

    # Called by the host's runner.
    def _belay_run(self, name):
        self._cleanups = []
        try:
            self._finish(self.setUp())
            try:
                self._finish(getattr(self, name)())
            finally:
                self._finish(self.tearDown())
        finally:
            self.doCleanups()
        if self._failure is not None:
            raise self._failure

    def _finish(self, result):
        if hasattr(result, "send") and hasattr(result, "throw"):
            import asyncio

            asyncio.run(result)

    def addCleanup(self, function, *args, **kwargs):
        self._cleanups.append((function, args, kwargs))

    def doCleanups(self):
        while self._cleanups:
            function, args, kwargs = self._cleanups.pop()
            function(*args, **kwargs)

    def skipTest(self, reason):
        raise SkipTest(reason)

    def subTest(self, msg=None, **parameters):
        return _SubTest(self, msg, parameters)

    def fail(self, msg=None):
        raise AssertionError(msg or "failed")

    def _check(self, truth, text, msg):
        if not truth:
            raise AssertionError(text if msg is None else "%s: %s" % (text, msg))

    def assertTrue(self, x, msg=None):
        self._check(x, "%r is not true" % (x,), msg)

    def assertFalse(self, x, msg=None):
        self._check(not x, "%r is not false" % (x,), msg)

    def assertEqual(self, x, y, msg=None):
        self._check(x == y, "%r != %r" % (x, y), msg)

    def assertNotEqual(self, x, y, msg=None):
        self._check(x != y, "%r == %r" % (x, y), msg)

    def assertLess(self, x, y, msg=None):
        self._check(x < y, "%r is not less than %r" % (x, y), msg)

    def assertLessEqual(self, x, y, msg=None):
        self._check(x <= y, "%r is greater than %r" % (x, y), msg)

    def assertGreater(self, x, y, msg=None):
        self._check(x > y, "%r is not greater than %r" % (x, y), msg)

    def assertGreaterEqual(self, x, y, msg=None):
        self._check(x >= y, "%r is less than %r" % (x, y), msg)

    def _near(self, x, y, places, delta):
        if x == y:
            return True
        if delta is not None:
            return abs(x - y) <= delta
        return round(abs(x - y), 7 if places is None else places) == 0

    def assertAlmostEqual(self, x, y, places=None, msg=None, delta=None):
        self._check(self._near(x, y, places, delta), "%r is not near %r" % (x, y), msg)

    def assertNotAlmostEqual(self, x, y, places=None, msg=None, delta=None):
        self._check(not self._near(x, y, places, delta), "%r is near %r" % (x, y), msg)

    def assertIs(self, x, y, msg=None):
        self._check(x is y, "%r is not %r" % (x, y), msg)

    def assertIsNot(self, x, y, msg=None):
        self._check(x is not y, "both are %r" % (x,), msg)

    def assertIsNone(self, x, msg=None):
        self._check(x is None, "%r is not None" % (x,), msg)

    def assertIsNotNone(self, x, msg=None):
        self._check(x is not None, "it is None", msg)

    def assertIn(self, x, y, msg=None):
        self._check(x in y, "%r is not in %r" % (x, y), msg)

    def assertNotIn(self, x, y, msg=None):
        self._check(x not in y, "%r is in %r" % (x, y), msg)

    def assertIsInstance(self, x, y, msg=None):
        self._check(isinstance(x, y), "%r is no %s" % (x, _name(y)), msg)

    def assertNotIsInstance(self, x, y, msg=None):
        self._check(not isinstance(x, y), "%r is a %s" % (x, _name(y)), msg)

    def assertSequenceEqual(self, x, y, msg=None):
        self.assertEqual(list(x), list(y), msg)

    assertListEqual = assertTupleEqual = assertDictEqual = assertSetEqual = assertEqual
    assertMultiLineEqual = assertEqual

    def assertRaises(self, expected, function=None, *args, **kwargs):
        context = _Raises(expected)
        if function is None:
            return context
        with context:
            function(*args, **kwargs)

    def assertRaisesRegex(self, expected, pattern, function=None, *args, **kwargs):
        context = _Raises(expected, pattern)
        if function is None:
            return context
        with context:
            function(*args, **kwargs)


IsolatedAsyncioTestCase = TestCase


def skip(reason):
    def decorate(subject):
        if isinstance(subject, type):
            subject.setUp = lambda self: self.skipTest(reason)
            return subject

        def skipped(*args):
            raise SkipTest(reason)

        return skipped

    return decorate


def skipIf(condition, reason):
    return skip(reason) if condition else lambda subject: subject


def skipUnless(condition, reason):
    return skipIf(not condition, reason)


def expectedFailure(function):
    def expected(*args):
        try:
            function(*args)
        except Exception:
            return
        raise AssertionError("it was expected to fail")

    return expected


# A file may run its own tests if it is the program; here it is not.
def main(*args, **kwargs):
    pass
