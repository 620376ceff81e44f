import array
import collections
import enum
import io
import math
import unittest

import belay


class Values(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.device = belay.Device("sim:?fresh")

    @classmethod
    def tearDownClass(cls):
        cls.device.close()

    def test_results_keep_their_types(self):
        for code, expected in {
            "bytearray(b'a\\xff')": bytearray(b"a\xff"),
            "__import__('array').array('H', [1, 65535])": array.array("H", [1, 65535]),
            "__import__('collections').OrderedDict([('b', 1), ('a', 2)])": collections.OrderedDict(b=1, a=2),
            "frozenset([1])": frozenset([1]),
            "{1, 2}": {1, 2},
            "set()": set(),
            "range(1, 9, 2)": range(1, 9, 2),
            "float('-inf')": -math.inf,
            "...": ...,
            "2 ** 200": 2**200,
            "[(), (1,), {}]": [(), (1,), {}],
        }.items():
            with self.subTest(code):
                value = self.device(code)
                self.assertEqual(value, expected)
                self.assertIs(type(value), type(expected))
        self.assertTrue(math.isnan(self.device("float('nan')")))

    def test_named_tuples_of_one_kind_are_of_one_type(self):
        self.device("from collections import namedtuple\nP = namedtuple('P', 'x y')")
        first, second = self.device("P(1, 2)"), self.device("P(3, 4)")
        self.assertIs(type(first), type(second))
        self.assertEqual((first.x, second.y, first), (1, 4, (1, 2)))

    def test_arguments_keep_their_types(self):
        @self.device.task
        def kind_and_back(x):
            return type(x).__name__, x

        class Colour(enum.IntEnum):
            RED = 3

        class Text(str):
            pass

        for value in (bytearray(b"a\x00"), array.array("i", [1, -2]), range(3), frozenset([2]), 2**100, -(2**63)):
            with self.subTest(value=value):
                kind, back = kind_and_back(value)
                self.assertEqual((kind, back), (type(value).__name__, value))
        self.assertEqual(kind_and_back(Colour.RED), ("int", 3))
        self.assertEqual(kind_and_back(Text("x")), ("str", "x"))
        self.assertEqual(kind_and_back(math.inf), ("float", math.inf))
        self.assertEqual(kind_and_back(collections.OrderedDict(z=1, a=[2]))[0], "OrderedDict")
        self.assertEqual(kind_and_back(1.1), ("float", 1.1))
        self.assertEqual(kind_and_back(1 - 2j), ("complex", 1 - 2j))

    def test_any_text_survives(self):
        @self.device.task
        def same(x):
            return x

        text = "".join(map(chr, range(0x250))) + "\u2028\ud7ff\ue000\U0001f40d"
        self.assertEqual(same(text), text)
        data = bytes(range(256))
        self.assertEqual(same(data), data)

    def test_output_may_be_anything(self):
        stream = io.StringIO()
        self.device("print('_BELAYR|1|2')\nprint('_BELAYS')", stream_out=stream)
        self.assertEqual(stream.getvalue(), "_BELAYR|1|2\n_BELAYS\n")
        stream = io.StringIO()
        self.device("import sys\nfor i in range(1, 256): sys.stdout.write(chr(i))", stream_out=stream)
        self.assertEqual(stream.getvalue(), "".join(map(chr, range(1, 256))))
        stream = io.StringIO()
        self.device("w = getattr(sys.stdout, 'buffer', sys.stdout).write\nw(b'a\\xff\\xc3')\nw(b'\\xa9b')\nw(b'\\xe2\\x82')", stream_out=stream)
        self.assertEqual(stream.getvalue(), "a\\xff\u00e9b\\xe2\\x82")

    def test_output_comes_while_the_program_runs(self):
        seen = []

        class Stream:
            def write(self, text):
                seen.append(text)

        @self.device.task
        def talk():
            print("begin", end="")
            yield 1
            print("end")

        self.device("print('one', end='')", stream_out=Stream())
        self.assertEqual("".join(seen), "one")

    def test_a_stream_that_fails_ends_the_call(self):
        class Broken:
            def write(self, text):
                raise ZeroDivisionError("no paper")

        with self.assertRaisesRegex(ZeroDivisionError, "no paper"):
            self.device("while True: print('x')", stream_out=Broken())
        self.assertEqual(self.device("1 + 1"), 2)

    def test_unparsable_results_and_trust(self):
        self.assertIs(self.device("object()"), belay.UNPARSABLE_RESULT)
        self.device("class Evil:\n def __repr__(self): return '__import__(\"math\").floor(2.5)'")
        self.assertIs(self.device("Evil()"), belay.UNPARSABLE_RESULT)
        self.assertEqual(self.device("Evil()", trusted=True), 2)

    def test_operators_of_proxies(self):
        number = self.device.proxy("[6]")
        self.device("class N:\n def __init__(self, v): self.v = v\n def __add__(self, o): return self.v + o\n def __sub__(self, o): return self.v - o\n def __neg__(self): return -self.v")
        n = self.device.proxy("N(5)")
        self.assertEqual((n + 1, n - 2, -n), (6, 3, -5))
        self.assertEqual((number + [7])[1], 7)
        self.assertEqual(([7] + number)[1], 6)
        del number[0]
        self.assertEqual(len(number), 0)

    def test_dropped_proxies_leave_nothing_on_the_board(self):
        self.device("class Kept: pass")
        self.device.proxy("Kept()")
        before = self.device("len(globals())")
        for _ in range(50):
            self.device.proxy("Kept()")
        self.assertEqual(self.device("len(globals())") - before, 0)


if __name__ == "__main__":
    unittest.main()
