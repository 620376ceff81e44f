//! White space, comments, docstrings: what goes and what stays, case by case.

use belay_minify::{Options, minify};
use belay_tokenize::ErrorKind;

/// Minifies, and expects the same when that is minified again.
#[track_caller]
fn check_with(options: Options, source: &str, expected: &str) {
    let smaller = minify(source, &options).unwrap_or_else(|error| panic!("{source:?}: {error:?}"));
    assert_eq!(smaller, expected, "{source:?}");
    assert_eq!(minify(&smaller, &options).as_deref(), Ok(expected));
}

#[track_caller]
fn check(source: &str, expected: &str) {
    check_with(Options::default(), source, expected);
}

#[track_caller]
fn strip(source: &str, expected: &str) {
    check_with(Options { strip: true }, source, expected);
}

#[test]
fn nothing() {
    for source in [
        "",
        "\n",
        "\u{feff}",
        "# only\n# comments",
        "'doc'",
        "pass",
        "\n\n  \t\n",
        "\x0c",
    ] {
        check(source, "");
        strip(source, "");
    }
}

#[test]
fn space_goes_where_tokens_stay_what_they_are() {
    check("x = 1", "x=1\n");
    check("a = b  if  c  else  - d", "a=b if c else-d\n");
    check("a - - b", "a--b\n");
    check("not - x", "not-x\n");
    check("f( a , * b , ** c )", "f(a,*b,**c)\n");
    check("lambda * a , b = 1 : a", "lambda*a,b=1:a\n");
    check("print ( 1 )", "print(1)\n");
    check("x [ 1 : 2 , ... ]", "x[1:2,...]\n");
    check("x = a . b", "x=a.b\n");
    check("return 'x'", "return'x'\n");
    check("x in b'x'", "x in b'x'\n");
    check("x = y if z else f'{a}'", "x=y if z else f'{a}'\n");
    check("'a' in x or \"b\" in y", "'a'in x or\"b\"in y\n");
    check("from . import x", "from.import x\n");
    check("from .. a import ( b )", "from..a import(b)\n");
    check("from ... import *", "from...import*\n");
    check(
        "@ a . b\ndef f ( ) -> int :\n  return 1",
        "@a.b\ndef f()->int:\n return 1\n",
    );
    check("if ( x := 1 ) : y", "if(x:=1):y\n");
    check(
        "async  with  a  as  b : await  c",
        "async with a as b:await c\n",
    );
    check("é = ü in ñ", "é=ü in ñ\n");
    check("x\x0c=\t1", "x=1\n");
}

#[test]
fn space_stays_where_tokens_would_merge() {
    check("print(1 .real)", "print(1 .real)\n");
    check(
        "print(1.0 .real, 1. .real, 1..real)",
        "print(1.0 .real,1. .real,1. .real)\n",
    );
    check("[0x1 for x in y]", "[0x1 for x in y]\n");
    // MicroPython takes the letters behind a number for a part of it.
    check("0if x else 1or 2", "0 if x else 1 or 2\n");
    check("x = 1 if y else 2", "x=1 if y else 2\n");
    check("'' 'a'", "");
    check("x = '' 'a' \"\" 'b' \"c\"", "x='' 'a'\"\"'b'\"c\"\n");
    check("x = f'' 'a' '''b''' 'c'", "x=f'' 'a''''b''''c'\n");
    check("x = 'a' b'c'", "x='a'b'c'\n");
    check("x = u 'a'", "x=u 'a'\n");
    check("a < > b", "a< >b\n");
    check("a <> b", "a<>b\n");
    check("f(* * a)", "f(* *a)\n");
    check("from . . . import x", "from.. .import x\n");
    check("x: ... = 1", "x:...=1\n");
}

#[test]
fn every_token_stays_on_its_line() {
    check("\n# a\nx = 1\n\n\ny = 2 # b\n\n", "\n\nx=1\n\n\ny=2\n");
    check("f(\n  1, # one\n\n  2\n)\nx", "f(\n1,\n\n2\n)\nx\n");
    check("x = 1 + \\\n  2\ny", "x=1+\\\n2\ny\n");
    check("x = [a \\\n, b]", "x=[a\n,b]\n");
    check("if a and \\\n\\\n b:\n  c", "if a and\\\n\\\nb:\n c\n");
    check("x = 1 \\\n\ny", "x=1\n\ny\n");
    check("x = '''a\n b''', \\\n 2", "x='''a\n b''',\\\n2\n");
    check("'''a\nb''' ; x = 1", "\nx=1\n");
    check("x; '''a\nb'''; y", "x;\\\ny\n");
    check("x \\\n; y", "x;\\\ny\n");
    check("x ; \\\n\\\n  y", "x;\\\n\\\ny\n");
    check("if a: '''b\nc'''; d\ne", "if a:\\\nd\ne\n");
    check("if a: \\\n  b", "if a:\\\nb\n");
    check("if a: \\\n\n  b", "if a:\n\n b\n");
    check("x = 1\n'''a\n\nb'''\ny = 2", "x=1\n\n\n\ny=2\n");
}

#[test]
fn lines_end_in_any_way() {
    check("a\r\nb\rc\nd", "a\nb\nc\nd\n");
    check("f(\r\na,\rb)", "f(\na,\nb)\n");
    check("x = '''a\r\nb\rc\\\r\nd'''", "x='''a\nb\nc\\\nd'''\n");
    check("x = f'''{a}\r\nb'''", "x=f'''{a}\nb'''\n");
    check("x = 'a\\\r\nb' \\\r\n 'c'", "x='a\\\nb'\\\n'c'\n");
    check("'''a\r\nb'''\r\nx", "\n\nx\n");
    check("# a\r# b\rx", "\n\nx\n");
}

#[test]
fn blocks_are_indented_by_a_space() {
    check(
        "if a:\n\tif b:\n\t\tc\n\td\ne",
        "if a:\n if b:\n  c\n d\ne\n",
    );
    check(
        "if a:\n        b\n        # c\n  # d\n        e",
        "if a:\n b\n\n\n e\n",
    );
    check(
        "if a:\n  b\n\x0c\nif c:\n \x0c  d",
        "if a:\n b\n\nif c:\n d\n",
    );
    check("\\\n\nx", "\n\nx\n");
}

#[test]
fn a_backslash_alone_on_its_line_moves_no_statement() {
    // Behind one in the first column, the indentation is that of the next line.
    check(
        "if 0:\n    print('a')\n\\\n    print('b')\n",
        "if 0:\n print('a')\n\n print('b')\n",
    );
    check(
        "def s():\n    a()\n\\\n    return 1\n",
        "def s():\n a()\n\n return 1\n",
    );
    check("if a:\n\\\n  b\n\\\nc", "if a:\n\n b\n\nc\n");
    check("if a:\n  b\n\\\n\\\n  c", "if a:\n b\n\n\n c\n");
    check("if a:\n\tb\n\\\n\tc", "if a:\n b\n\n c\n");
    check("if a:\n  b\n \x0c\\\n  c", "if a:\n b\n\n c\n");
    // Behind another one, it is what stands before the backslash.
    check("if a:\n    \\\n  b\n    c", "if a:\n\n b\n c\n");
    check("if a:\n  b\n  \\\n\\\nc\nd", "if a:\n b\n\n\n c\nd\n");
    check("if a:\n        b\n\t\\\nc", "if a:\n b\n\n c\n");
    let options = Options::default();
    for (source, kind) in [
        ("if a:\n\tb\n\t\\\nc", ErrorKind::InconsistentTabs),
        ("if a:\n  b\n\\\n \\\n  c", ErrorKind::InconsistentDedent),
        ("a\n\\\n  b", ErrorKind::UnexpectedIndent),
    ] {
        assert_eq!(
            minify(source, &options).unwrap_err().kind,
            kind,
            "{source:?}"
        );
    }
}

#[test]
fn a_backslash_before_the_last_line_break_continues_nothing() {
    check("x = 1\\\r\n", "x=1\n");
    check("if a:\n  b\n\\\r\n\\\r\n", "if a:\n b\n");
    check("\\\r\n", "");
    for source in ["x\\", "x\\\n", "x\\\r", "x\\\r\\\n"] {
        let error = minify(source, &Options::default()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::UnexpectedEnd, "{source:?}");
    }
}

#[test]
fn docstrings_go() {
    check("'doc'\nx", "\nx\n");
    check("def f():\n  'doc'", "def f():\n 0\n");
    check("def f():\n  'doc'\n  return 1", "def f():\n\n return 1\n");
    check(
        "def f():\n  '''a\n  b'''\n\n  # c\nx",
        "def f():\n 0\n\n\n\nx\n",
    );
    check("def f(): 'doc'", "def f():0\n");
    check("class A: 'doc'; x = 1", "class A:x=1\n");
    check("class A: '''a\nb'''\nx", "class A:0\n\nx\n");
    check(
        "class A:\n\n  'doc'\n  'more'\n  b'x' u'y' r'''z'''\nx",
        "class A:\n\n 0\n\n\nx\n",
    );
    check(
        "'doc'\nfrom __future__ import annotations",
        "\nfrom __future__ import annotations\n",
    );
    // Else the second string would become the docstring.
    check(
        "def f():\n  'doc'\n  ('no' # a\n 'doc')\n  x",
        "def f():\n\n\n\n x\n",
    );
    check("def f():\n  (('doc'))", "def f():\n 0\n");
    check("'a';'b';x;'c'", "x\n");
}

#[test]
fn strings_that_do_something_stay() {
    for same in [
        "f'{x()}'\n",
        "t'{x}'\n",
        "'a'f'{x}'\n",
        "'a'.b()\n",
        "('a')('b')\n",
        "('a',)\n",
        "()\n",
        "['a']\n",
        "'a'%b\n",
        "'a'if b else c\n",
        "(f'{x}')\n",
        "...\n",
        "1\n",
        "None\n",
    ] {
        check(same, same);
    }
    check("x: 'a'", "x:'a'\n");
    check("x = 'a'; 'b'", "x='a'\n");
}

#[test]
fn pass_becomes_zero_where_a_statement_must_be() {
    check("class A: pass", "class A:0\n");
    check("class A:\n  pass # a\nx", "class A:\n 0\nx\n");
    check("if a: pass; pass", "if a:0\n");
    check("if a: pass;", "if a:0\n");
    check("if a:\n  pass\n  b\n  pass", "if a:\n\n b\n");
    check(
        "if a:\n  'doc'\n  pass\nelse: pass",
        "if a:\n 0\n\nelse:0\n",
    );
    check(
        "try: a\nexcept B as c: pass\nfinally: pass",
        "try:a\nexcept B as c:0\nfinally:0\n",
    );
    check(
        "if a:\n if b:\n  pass\n pass\nc",
        "if a:\n if b:\n  0\n\nc\n",
    );
    check("if a:\n if b:\n  pass", "if a:\n if b:\n  0\n");
    check("pass\nx\npass", "\nx\n");
    check("passed = 1", "passed=1\n");
}

#[test]
fn colons_of_lambdas_end_no_header() {
    check("if lambda: 'a': 'b'", "if lambda:'a':0\n");
    check(
        "for x in lambda y=lambda: 1: y, z: pass",
        "for x in lambda y=lambda:1:y,z:0\n",
    );
    check(
        "while a[b:c] and {d: lambda: e}: pass",
        "while a[b:c]and{d:lambda:e}:0\n",
    );
    check(
        "def f(a=lambda: 'b') -> (lambda: 'c'): 'd'",
        "def f(a=lambda:'b')->(lambda:'c'):0\n",
    );
}

#[test]
fn soft_keywords_are_names_elsewhere() {
    check(
        "match x:\n  case 'a': 'b'\n  case _:\n    pass",
        "match x:\n case'a':0\n case _:\n  0\n",
    );
    check(
        "match (x):\n  case {'a': 1}: pass",
        "match(x):\n case{'a':1}:0\n",
    );
    check("case: 'str' = 'a'", "case:'str'='a'\n");
    check("case: 'str'", "case:'str'\n");
    check("case['a']: 'str'", "case['a']:'str'\n");
    check("match: 'str'", "match:'str'\n");
    check(
        "match x:\n  case y:\n    case: 'str'",
        "match x:\n case y:\n  case:'str'\n",
    );
    check(
        "match = 1\nif a:\n  case: 'str'",
        "match=1\nif a:\n case:'str'\n",
    );
    check("type X = int", "type X=int\n");
    check(
        "type = match(case) [type] - match",
        "type=match(case)[type]-match\n",
    );
}

#[test]
fn strings_stay_as_they_are() {
    for string in [
        r"'\''",
        r#"r"\"""#,
        "b'\\x00'",
        "'''a'b''c'''",
        r#""""a\"""""#,
        "rb'\\\\'",
        "Rb''",
        "f'{ x }'",
        "f'{ x = }'",
        "f'{x!r:>{ width }}'",
        "f'{{ x }}'",
        "f'{x:{y}{{z}}}'",
        "f'{a['b']}'",
        "f'{f'{f'{1}'}'}'",
        "f\"{x:#x}\"",
        "f'{'#'}'",
        "f'{x:%H:%M}'",
        "f'{ {1: 2}[1] }'",
        "f'{(lambda x: x)}'",
        "f'{x:=5}'",
        "f'{(x:=5)}'",
        "f'{a != b}'",
        "f'\\N{DASH}'",
        "rf'\\N{dash}'",
        "f'\\{x}'",
        "rf'\\{x}'",
        "f'''{\nx # a '''\n}'''",
        "f'{a:\\x20}'",
        "f'{a\n}'",
        "f'''{a:\n}'''",
        "t'{ x }'",
        "tR'{x}'",
        "fr'\\'{x}'",
        "f'{'''a'''}'",
        "f'{x['a':'b']}'",
        "f'{\"}\"}'",
        "f'{x:{'a'}}'",
        "f'''{x:'}'''",
        "f'{*a, }'",
        "F''",
        "f'}}{{'",
    ] {
        check(&format!("x = {string}"), &format!("x={string}\n"));
    }
}

#[test]
fn blank_lines_go_when_stripped() {
    strip("\n# a\nx = 1\n\n\ny = 2 # b\n\n", "x=1\ny=2\n");
    strip("f(\n  1, # one\n\n  2\n)\nx", "f(1,2)\nx\n");
    strip("x = a \\\n  and b", "x=a and b\n");
    strip("x = ('a'\n  'b' if\n c else d)", "x=('a''b'if c else d)\n");
    strip("'''a\nb'''\nx; '''a\nb'''; y", "x;y\n");
    strip("def f():\n  '''a\n  b'''\n\n  # c\nx", "def f():\n 0\nx\n");
    strip("class A: '''a\nb'''\nx", "class A:0\nx\n");
    strip(
        "class A:\n  pass\n  pass\n\n\nclass B: pass\nx",
        "class A:\n 0\nclass B:0\nx\n",
    );
    strip("x = '''a\n\nb'''", "x='''a\n\nb'''\n");
}

#[test]
fn annotations_go_when_stripped() {
    strip(
        "def f(a: int, b: 'x' = 1, *c: T, d: U = 2, **e: V) -> W: pass",
        "def f(a,b=1,*c,d=2,**e):0\n",
    );
    strip("def f(a, /, b: int, *, c): pass", "def f(a,/,b,*,c):0\n");
    strip(
        "def f(a: (b, c)=d[1:2], e: {f: g}={h: i}): pass",
        "def f(a=d[1:2],e={h:i}):0\n",
    );
    strip(
        "def f(a: lambda x, y=1: x, b=lambda z, w: z, c: int=3): pass",
        "def f(a,b=lambda z,w:z,c=3):0\n",
    );
    strip(
        "async def f[T: int](a: T) -> lambda: T: pass",
        "async def f[T:int](a):0\n",
    );
    strip(
        "def f(\n  a: int, # a\n  b: int\n) -> int:\n  pass",
        "def f(a,b):\n 0\n",
    );
    strip("def f(*a: *b): pass", "def f(*a):0\n");
    strip("x: int = 1", "x=1\n");
    strip("x: Dict[int, str] = {1: 2}", "x={1:2}\n");
    strip("a.b: int = 1; c[d:e]: f = g", "a.b=1;c[d:e]=g\n");
    strip("x: lambda y=1: y = 2", "x=2\n");
    strip("X: int = const(5)", "X=const(5)\n");
    strip("x: int\ny", "y\n");
    strip("x\\\n: int\ny", "y\n");
    strip("class A:\n  x: int\n  y: str", "class A:\n 0\n");
    strip("class A: x: int", "class A:0\n");
    strip("a.b: int", "a.b:int\n");
    strip("(x): int", "(x):int\n");
    strip("x = lambda: 1", "x=lambda:1\n");
    strip("lambda: 1", "lambda:1\n");
    strip("else_: int\nif a: b\nelse: c", "if a:b\nelse:c\n");
    strip("try: a\nfinally: b", "try:a\nfinally:b\n");
    strip("match x:\n  case y: z: int", "match x:\n case y:0\n");
    strip("match: int\nmatch: str = 1", "match=1\n");
    strip("x = {a: b}; y[c:d] = 1", "x={a:b};y[c:d]=1\n");
    strip("f(a=1)", "f(a=1)\n");
}

#[test]
fn annotations_stay_where_they_mean_something() {
    // An annotated name is local, whether it has a value or not.
    strip("def f():\n  x: int\n  y: int = 1", "def f():\n x:0\n y=1\n");
    strip("def f(): x: int; return x", "def f():x:0;return x\n");
    strip("def f():\n  if a: x: int", "def f():\n if a:x:0\n");
    strip(
        "def f():\n  class A:\n    x: int",
        "def f():\n class A:\n  0\n",
    );
    for name in ["viper", "native", "asm_thumb"] {
        let same =
            format!("@micropython.{name}\n@b\ndef f(a:int)->int:\n x:int=1\n def g(b:ptr8):0\n");
        strip(&same, &same);
    }
    strip(
        "@micropython.viper\ndef f(a: int): pass\ndef g(a: int): pass",
        "@micropython.viper\ndef f(a:int):0\ndef g(a):0\n",
    );
    strip("@viper\ndef f(a: int): pass", "@viper\ndef f(a):0\n");
}
