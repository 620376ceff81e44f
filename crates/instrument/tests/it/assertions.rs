//! What becomes of assertions, and what they say.

use belay_instrument::{Assertion, Options, instrument};

fn rewritten(source: &str) -> (String, Vec<Assertion>) {
    let options = Options {
        assertions: true,
        ..Options::default()
    };
    let result = instrument(source, &options).unwrap();
    (result.text, result.assertions)
}

#[track_caller]
fn check(source: &str, expected: &str) {
    assert_eq!(rewritten(source).0, expected);
}

/// That an assertion stays as it is.
#[track_caller]
fn stays(source: &str) {
    check(source, source);
}

#[track_caller]
fn explains(source: &str, values: &[Option<&str>], expected: &str) {
    let (_, assertions) = rewritten(source);
    assert_eq!(assertions[0].parts().count(), values.len(), "{source}");
    assert_eq!(assertions[0].explain(values), expected, "{source}");
}

#[test]
fn parts_are_assigned_where_they_are_evaluated() {
    check(
        "assert a + 1 == c",
        "assert ((_belay_0:=a) + 1 == (_belay_1:=c))or _belay_a(0,_belay_0,_belay_1)",
    );
    check(
        "assert f(x, *y, k=z).b[i]",
        "assert ((_belay_0:=(_belay_1:=(_belay_2:=f((_belay_3:=x), *(_belay_4:=y), k=(_belay_5:=z))).b)\
         [(_belay_6:=i)]))or _belay_a(0,_belay_0,_belay_1,_belay_2,_belay_3,_belay_4,_belay_5,_belay_6)",
    );
    check(
        "assert not (await a)",
        "assert (not ((_belay_0:=await a)))or _belay_a(0,_belay_0)",
    );
}

#[test]
fn what_may_not_be_evaluated_is_assigned_before() {
    check(
        "assert a and b",
        "_belay_1=_belay_a;assert ((_belay_0:=a) and (_belay_1:=b))or _belay_a(0,_belay_0,_belay_1)",
    );
    check(
        "if x: y; assert 1 < a < b",
        "if x: y; _belay_1=_belay_a;assert (1 < (_belay_0:=a) < (_belay_1:=b))\
         or _belay_a(0,_belay_0,_belay_1)",
    );
}

#[test]
fn messages_stay() {
    check(
        "assert a, 'm' # c\n",
        "assert ((_belay_0:=a))or _belay_a(0,_belay_0), 'm' # c\n",
    );
}

#[test]
fn statements_extend_over_lines() {
    check(
        "assert (a ==\n  b), \\\n  'm'\n",
        "assert (((_belay_0:=a) ==\n  (_belay_1:=b)))or _belay_a(0,_belay_0,_belay_1), \\\n  'm'\n",
    );
}

#[test]
fn what_has_no_value_of_its_own_is_not_looked_into() {
    check(
        "assert all(x for x in y)",
        "assert ((_belay_0:=all(x for x in y)))or _belay_a(0,_belay_0)",
    );
    check(
        "assert (lambda: a)()",
        "assert ((_belay_0:=(lambda: a)()))or _belay_a(0,_belay_0)",
    );
    check(
        "assert (yield x) == [1]",
        "assert ((_belay_0:=(yield x)) == [1])or _belay_a(0,_belay_0)",
    );
    check(
        "assert f(x := 1)",
        "assert ((_belay_0:=f(x := 1)))or _belay_a(0,_belay_0)",
    );
    check(
        "assert super().x(a)",
        "assert ((_belay_0:=super().x((_belay_1:=a))))or _belay_a(0,_belay_0,_belay_1)",
    );
}

#[test]
fn what_is_no_assertion_stays() {
    for source in [
        "assert",
        "assert ,",
        "assert a,",
        "assert a b",
        "assert *a",
        "assert a = b",
        "assert x if y",
        "asserted = 1",
        "x.assert_()",
        "@micropython.viper\ndef f(a: int):\n    assert a == 1\n",
        "if a:\n x\nelse",
        "def f(:",
    ] {
        if let Ok(result) = instrument(
            source,
            &Options {
                assertions: true,
                ..Options::default()
            },
        ) {
            assert_eq!(result.text, source);
        }
    }
    stays("assert a as b");
}

#[test]
fn values_take_the_place_of_parts() {
    explains(
        "assert a + b == c",
        &[Some("3"), Some("4"), Some("8")],
        "assert (3 + 4) == 8",
    );
    explains(
        "assert not f(x, key=y)",
        &[Some("True"), Some("1"), Some("'b'")],
        "assert not True\n +  where True = f(1, key='b')",
    );
    explains(
        "assert a.b.c() == 1",
        &[Some("2"), Some("<B>"), Some("<A>")],
        "assert 2 == 1\n +  where 2 = <B>.c()\n +    where <B> = <A>.b",
    );
    explains(
        "assert len(items) == 2 and not done",
        &[Some("3"), Some("[1, 2, 3]"), None],
        "assert (3 == 2)\n +  where 3 = len([1, 2, 3])",
    );
    explains("assert 0 <= a < b", &[Some("-1"), None], "assert 0 <= -1");
    explains(
        "assert f is g",
        &[Some("<function f at 0x1>"), Some("<class 'g'>")],
        "assert f is g",
    );
    explains(
        "assert -x[0] in\\\n y",
        &[Some("1"), Some("[1]"), Some("{}")],
        "assert -1 in {}\n +  where 1 = [1][0]",
    );
    explains(
        "assert (a if b else c) == {'k': d}",
        &[None, Some("0"), Some("5"), Some("{'k': 1}")],
        "assert (a if 0 else 5) == {'k': 1}",
    );
}

#[test]
fn deep_and_long_conditions_cost_no_stack() {
    let deep = format!("assert {}a{}", "(".repeat(199), ")".repeat(199));
    assert_eq!(rewritten(&deep).1.len(), 1);
    let long = format!("assert a{}", " + a".repeat(100_000));
    assert_eq!(rewritten(&long).1.len(), 1);
    for source in [
        format!("assert {}a", "not ".repeat(100_000)),
        format!("assert {}a", "-".repeat(100_000)),
        format!("assert a{}", ".a".repeat(100_000)),
        format!("assert a{}", " if a else a".repeat(100_000)),
        format!("assert {}a", "lambda: ".repeat(100_000)),
        format!("assert a{}", " ** a".repeat(100_000)),
    ] {
        assert_eq!(rewritten(&source).0, source);
    }
}
