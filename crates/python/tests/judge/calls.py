"""Calls of the device itself: expressions, statements, output, options."""

import io

import belay


def _value(name, code, **options):
    def use(bench):
        return bench.call(code, **options)

    use.__name__ = f"value_{name}"
    use.__module__ = __name__
    globals()[use.__name__] = use


for _name, _code in {
    "int": "1 + 1",
    "negative": "-17",
    "big_int": "2 ** 70",
    "float": "1.5",
    "small_float": "1e-5",
    "inf": "float('inf')",
    "nan": "float('nan')",
    "complex": "(1+2j) * 2",
    "none": "None",
    "true": "1 == 1",
    "text": "('a' + 'b')",
    "text_with_quotes": "(\"it's\" + ' \"so\"')",
    "text_with_lines": "('a\\nb\\tc')",
    "text_not_ascii": "('h\u00e9llo \u2192 \U0001f40d')",
    "text_like_an_answer": "('_BELAYR|1|2')",
    "text_with_bars": "('a|b|c')",
    "empty_text": "str()",
    "bytes": "bytes((0, 1, 127, 128, 255))",
    "empty_bytes": "bytes()",
    "tuple": "(1, 'a', None)",
    "tuple_of_one": "(1,)",
    "empty_tuple": "()",
    "list": "[1, 2.5, 'x', b'y', None, True]",
    "nested": "[[1, [2, [3]]], {'a': {'b': (1,)}}]",
    "dict": "{'a': 1, 2: 'b', (1, 2): None}",
    "empty_dict": "{}",
    "set": "{1}",
    "empty_set": "set()",
    "keys": "{'a': 1}.keys()",
    "values": "{'a': 1}.values()",
    "items": "{'a': 1}.items()",
    "frozenset": "frozenset([1])",
    "range": "range(3)",
    "bytearray": "bytearray(b'ab')",
    "array": "__import__('array').array('H', [1, 2])",
    "ordered_dict": "__import__('collections').OrderedDict([('b', 1), ('a', 2)])",
    "named_tuple": "__import__('collections').namedtuple('P', 'x y')(1, 2)",
    "ellipsis": "...",
    "object": "object()",
    "type": "int",
    "function": "len",
    "module": "__import__('sys')",
    "long_list": "list(range(500))",
    "long_text": "'ab' * 2000",
    "conditional": "1 if True else 2",
    "comprehension": "[x * x for x in range(5)]",
    "lambda_called": "(lambda x: x + 1)(2)",
    "spaces_around": "  6 * 7  ",
    "comment_behind": "6 * 7 # the answer",
    "several_lines": "[\n    1,\n    2,\n]",
    "indented": "\n    [1,\n     2]\n    ",
    "a_text_alone": "'alone'",
    "texts_added": "'a' + 'b'",
    "a_tuple_without_parentheses": "1, 2",
}.items():
    _value(_name, _code)

_value("trusted_bytearray", "bytearray(b'ab')", trusted=True)
_value("trusted_range", "range(3)", trusted=True)
_value("trusted_frozenset", "frozenset([1])", trusted=True)
_value("trusted_int", "1", trusted=True)
_value("trusted_object", "object()", trusted=True)
_value("not_minified", "[1,  2] # two", minify=False)
_value("not_recorded", "[1,  2]", record=False)
_value("without_timing", "1 + 1", with_timing=False)
_value("with_timing", "1 + 1", with_timing=True)


def statement(bench):
    return bench.call("kept = 5"), bench.call("kept")


def statements(bench):
    return bench.call("a = 1\nb = a + 1\nfor i in range(3):\n    b += i"), bench.call("(a, b)")


def statements_on_a_line(bench):
    return bench.call("a = 7; b = 8"), bench.call("a * b")


def indented_statements(bench):
    code = """
        if True:
            indented = "yes"
        """
    return bench.call(code), bench.call("indented")


def statements_with_comments(bench):
    return bench.call("# first\nc = 1 # second\n\n# third\nc += 1\n"), bench.call("c")


def a_function(bench):
    bench.call("def f(x):\n    '''Doubles.'''\n    return 2 * x")
    return bench.call("f(4)"), bench.call("f('a')")


def a_class(bench):
    bench.call("class C:\n    n = 1\n    def m(self):\n        pass\n        return self.n")
    return bench.call("C().m()")


def nothing(bench):
    return bench.call(""), bench.call("# only a comment"), bench.call("pass")


def output(bench):
    return bench.call("print('one')\nprint('two', 3)")


def output_of_an_expression(bench):
    return bench.call("print('spoken') or 5")


def output_and_lines(bench):
    return bench.call("for i in range(3):\n    print(i)")


def output_not_ascii(bench):
    return bench.call("print('\u2713 d\u00e9j\u00e0')")


def output_without_a_line_end(bench):
    return bench.call("print('half', end='')\nx = 1"), bench.call("print('next')")


def output_with_a_mark_inside(bench):
    return bench.call("print('x _BELAYR|1|2')")


def output_like_an_answer(bench):
    return bench.call("print('_BELAYR|1|2')")


def output_like_an_unknown_answer(bench):
    return bench.call("print('_BELAYX')")


def output_empty_lines(bench):
    return bench.call("print()\nprint()")


def output_to_a_stream(bench):
    stream = io.StringIO()
    gave = bench.call("print('kept')\nprint('back')", stream_out=stream)
    return gave, stream.getvalue().splitlines()


def output_to_nowhere(bench):
    return bench.call("print('lost') or 4", stream_out=None)


def output_before_an_exception(bench):
    return bench.call("print('before')\n1 / 0")


def exception(bench):
    return bench.call("1 / 0")


def exception_of_a_statement(bench):
    return bench.call("x = [][1]")


def exception_of_a_name(bench):
    return bench.call("nobody_knows_this")


def exception_with_a_text(bench):
    return bench.call("raise ValueError('so it is')")


def exception_with_arguments(bench):
    return bench.call("raise OSError(2)")


def exception_of_a_class(bench):
    return bench.call("class Wrong(Exception): pass\nraise Wrong(1, 'a')")


def exception_of_an_assertion(bench):
    return bench.call("assert 1 == 2, 'not equal'")


def exception_keyboard_interrupt(bench):
    return bench.call("raise KeyboardInterrupt")


def syntax_error(bench):
    return bench.call("x = = 1", minify=False)


def after_an_exception(bench):
    try:
        bench.call("left = 1; 1 / 0")
    except belay.PyboardException:
        pass
    return bench.call("left + 1")


def text_of_an_exception(bench):
    try:
        bench.call("1 / 0")
    except belay.PyboardException as error:
        text = str(error)
        return text.startswith("\n\nTraceback"), text.replace("\r", ""), len(error.args)


def not_a_text(bench):
    return bench.call(5)


def not_an_option(bench):
    return bench.call("1", colour="red")


def positional_option(bench):
    return bench.device("1", False)


def a_proxy_is_resolved(bench):
    return bench.call(bench.call("[1, 2]", proxy=True))


def proxy_of_a_list(bench):
    return bench.call("[1, 2]", proxy=True)


def proxy_of_what_never_changes(bench):
    return [bench.call(code, proxy=True) for code in ("1", "'a' * 2", "None", "1.5", "b'ab' * 2")]


def proxy_of_a_tuple(bench):
    return bench.call("(1, 2)", proxy=True)


def proxy_of_an_import(bench):
    return str(bench.call("import os", proxy=True))


def proxy_of_several_imports(bench):
    sin, pi = bench.call("from math import sin, pi", proxy=True)
    return sin(0), pi


def proxy_of_a_statement(bench):
    return bench.call("x = 1", proxy=True)


def proxy_that_is_kept(bench):
    bench.call("long_lived = [1]")
    bench.call("long_lived", proxy=True, delete=False)
    return bench.call("long_lived")


def convenience_imports(bench):
    names = ("os", "machine", "sleep", "const", "Pin", "Timer", "PWM", "I2C", "SPI", "ADC", "time", "sys")
    return [name for name in names if bench.call(f"'{name}' in globals()")]


def implementation(bench):
    found = bench.device.implementation
    return found.name, type(found.version), found.version[0], found.platform, found.arch, found.emitters


def history(bench):
    return bench.device.MAX_CMD_HISTORY_LEN, bench.device.attempts, bench.device.auto_sync_time
