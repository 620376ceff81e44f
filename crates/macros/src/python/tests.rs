use super::*;

fn module(text: &str) -> Module {
    read(text).unwrap_or_else(|error| panic!("{}", error.message("a.py", text)))
}

fn names(module: &Module) -> Vec<&str> {
    let functions = module.functions.iter();
    functions.map(|function| function.name.as_str()).collect()
}

#[test]
fn functions_of_the_outermost_level_get_methods() {
    let module = module(
        "\"\"\"The module.\"\"\"\nimport x\n\n@micropython.native\ndef f(a):\n    def inner(): pass\n    \
         return a\n\nclass A:\n    def m(self): pass\n\ndef _g(): pass\n\
         async def h(): pass\nif x:\n    def i(): pass\ndef j(): return 1\ndef f(): 'Again.'\n",
    );
    assert_eq!(module.names, ["f", "_g", "h", "j"]);
    assert_eq!(names(&module), ["j", "f"]);
    assert_eq!(module.doc.as_deref(), Some("The module."));
    assert_eq!(module.functions[1].doc.as_deref(), Some("Again."));
    assert!(module.functions[1].parameters.is_empty());
}

#[test]
fn docstrings_are_the_strings_at_the_front() {
    let doc = |body: &str| {
        module(&format!("def f():{body}\n")).functions[0]
            .doc
            .clone()
    };
    assert_eq!(
        doc("\n    r'''a\\b\n    c'''\n    return 1").as_deref(),
        Some("a\\b\n    c")
    );
    assert_eq!(doc("\n    # no\n    'a' \"b\\n\"").as_deref(), Some("ab\n"));
    assert_eq!(doc(" 'a'; x()").as_deref(), Some("a"));
    for body in [
        "\n    'a'.x()",
        "\n    b'a'",
        "\n    f'a'",
        " pass",
        "\n    x\n    'a'",
    ] {
        assert_eq!(doc(body), None, "{body:?}");
    }
}

#[test]
fn generators_are_those_that_yield_themselves() {
    for (body, expected) in [
        ("yield", true),
        ("x = yield 1", true),
        ("for i in y:\n        if i:\n            yield i", true),
        ("def g():\n        yield\n    return g", false),
        ("def g(): yield\n    return g", false),
        ("def g(x={}): return x\n    yield g", true),
        ("return 'yield'", false),
        ("pass # yield", false),
    ] {
        let module = module(&format!("def f():\n    {body}\ndef g(): return (yield)\n"));
        assert_eq!(module.functions[0].is_generator, expected, "{body}");
        assert!(module.functions[1].is_generator);
    }
}

#[test]
fn annotations_are_types() {
    use Type::{Any, Bool, Bytes, Dict, Float, Int, Items, List, None, Optional, Set, Str, Tuple};
    let of = |inner: Type| Box::new(inner);
    for (text, expected) in [
        ("int", Int),
        ("None", None),
        ("list", List(of(Any))),
        ("typing.List[float]", List(of(Float))),
        ("'list[int]'", List(of(Int))),
        ("list['int']", List(of(Int))),
        ("set[str]", Set(of(Str))),
        ("tuple[int, str,]", Tuple(vec![Int, Str])),
        ("tuple[int, ...]", Items(of(Int))),
        ("tuple", Any),
        ("tuple[()]", Tuple(vec![Any])),
        ("dict[str, list[int]]", Dict(Box::new((Str, List(of(Int)))))),
        ("dict[float, int]", Any),
        ("dict", Any),
        ("Optional[bytes]", Optional(of(Bytes))),
        ("int | None", Optional(of(Int))),
        ("None | bool", Optional(of(Bool))),
        ("Union[int, float, None]", Optional(of(Float))),
        ("int | str", Any),
        ("Optional[Pin]", Any),
        ("machine.Pin", Any),
        ("f(x)", Any),
        ("'('", Any),
        ("''", Any),
        ("list[]", List(of(Any))),
        ("1", Any),
    ] {
        let module = module(&format!("def f(x: {text}) -> {text}: pass\n"));
        let function = &module.functions[0];
        assert_eq!(
            (&function.result, &function.parameters[0].of),
            (&expected, &expected),
            "{text}"
        );
    }
    let generator = module("def f() -> Iterator[int]: yield 1\ndef g() -> int: yield 1\n");
    assert_eq!(generator.functions[0].result, Int);
    assert_eq!(generator.functions[1].result, Any);
}

#[test]
fn parameters_know_how_they_are_given() {
    let module = module(
        "def f(a, /, b: int, c=lambda x, y: {1: 2} if x is not y else [z for z in x], *, d, e: str = None, **g): pass\n\
         def h(a, b=1, *c: int, d=2,): pass\n",
    );
    let shown = |index: usize| -> Vec<String> {
        let parameters = module.functions[index].parameters.iter();
        parameters
            .map(|p| format!("{} {:?} {:?} {:?}", p.name, p.kind, p.of, p.default))
            .collect()
    };
    assert_eq!(
        shown(0),
        [
            "a Positional Any None",
            "b Positional Int None",
            "c Positional Any Some(Other)",
            "d Keyword Any None",
            "e Keyword Str Some(None)",
            "g RestByName Any None"
        ]
    );
    assert_eq!(
        shown(1),
        [
            "a Positional Any None",
            "b Positional Any None",
            "c Rest Int None",
            "d Keyword Any Some(Other)"
        ]
    );
}

#[test]
fn mistakes_have_a_place() {
    for (text, expected) in [
        ("x = (\n", "a.py:1:5: '(' is not closed"),
        (
            "def f():\n    a = 1\n  b = 2\n",
            "a.py:3:1: unindent does not match any outer level",
        ),
        (
            "x = 1\ndef f():\npass\n",
            "a.py:3:1: expected an indented block",
        ),
        ("def f(a, , b): pass\n", "a.py:1:10: expected a parameter"),
        ("def (): pass\n", "a.py:1:5: expected the function's name"),
        ("def f: pass\n", "a.py:1:6: expected `(`"),
        ("def f()\n", "a.py:1:8: expected `:`"),
        ("def f() int: pass\n", "a.py:1:9: expected `->` or `:`"),
        ("def f() ->: pass\n", "a.py:1:11: expected a type"),
        ("def f(a b): pass\n", "a.py:1:9: expected `,`, `:` or `=`"),
        ("def f(a:): pass\n", "a.py:1:8: expected a type"),
        (
            "def f(a=): pass\n",
            "a.py:1:8: expected a default behind `=`",
        ),
        (
            "def f(a: int b: int): pass\n",
            "a.py:1:14: expected `,`, `=` or `)`",
        ),
        (
            "def f(a: 'int' b: int): pass\n",
            "a.py:1:17: expected `,`, `=` or `)`",
        ),
        ("def f(1): pass\n", "a.py:1:7: expected a parameter"),
        (
            "def f(a=1, b): pass\n",
            "a.py:1:12: `b` has no default and follows a parameter that has",
        ),
        ("def f(é, é): pass\n", "a.py:1:10: a second parameter `é`"),
        (
            "\ndef new(): pass\n",
            "a.py:2:1: `new` makes the struct; give the function another name",
        ),
        (
            "def _belay_x(): pass\n",
            "a.py:1:1: `_belay_x` is a name kept for Python or for this library",
        ),
    ] {
        let error = read(text).expect_err(text);
        assert_eq!(error.message("a.py", text), expected, "{text:?}");
    }
}
