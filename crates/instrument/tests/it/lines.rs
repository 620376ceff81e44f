//! Where marks are put, and what they tell.

use belay_instrument::{Instrumented, Options, instrument};

fn rewritten(source: &str) -> Instrumented {
    let options = Options {
        lines: true,
        ..Options::default()
    };
    instrument(source, &options).unwrap()
}

#[track_caller]
fn check(source: &str, expected: &str) {
    assert_eq!(rewritten(source).text, expected);
}

/// The lines that run when each mark has been reached.
fn told(source: &str) -> Vec<Vec<u32>> {
    let marks = rewritten(source).marks.into_iter();
    marks.map(|mark| mark.lines).collect()
}

#[test]
fn simple_statements_are_marked_in_front() {
    check("a; b\n", "_belay_h[0]=1;a; b\n");
    check(
        "\"doc\"\nfrom __future__ import x\na",
        "\"doc\"\nfrom __future__ import x\n_belay_h[0]=1;a",
    );
    assert_eq!(told("'doc'\nfrom __future__ import x\na"), [[2, 3]]);
}

#[test]
fn compound_statements_are_marked_behind_the_one_above() {
    check(
        "a # c\nwhile b:\n  c\n",
        "_belay_h[0]=1;a;_belay_h[1]=1 # c\nwhile b:\n  _belay_h[2]=1;c\n",
    );
}

#[test]
fn compound_statements_without_one_above_are_marked_in_their_header() {
    check(
        "if(a): b\nelif c: d\nelse: e\n",
        "if _belay_e(0,0)or((a)): b\nelif _belay_e(1,0)or(c): d\nelse: _belay_h[2]=1;e\n",
    );
    check("for x in a, b: c\n", "for x in _belay_e(0,0)or(a, b): c\n");
    check(
        "for x in range(a, b): c\n",
        "for x in range(_belay_e(0,0)or(a), b): c\n",
    );
    check(
        "for x in range(*a): b\n",
        "for x in _belay_e(0,0)or(range(*a)): b\n",
    );
    check(
        "for x in range(a).b(c): d\n",
        "for x in _belay_e(0,0)or(range(a).b(c)): d\n",
    );
    check(
        "with a as b, c: d\n",
        "with _belay_e(0,0)or(a) as b, c: d\n",
    );
    check(
        "with (a as b, c): d\n",
        "with (_belay_e(0,0)or(a) as b, c): d\n",
    );
    check("with (a, b): c\n", "with _belay_e(0,0)or((a, b)): c\n");
    check(
        "try: a\nexcept (A, B) as c: d\nexcept: e\n",
        "try: _belay_h[0]=1;a\nexcept _belay_e(1,0)or((A, B)) as c: d\nexcept: _belay_h[2]=1;e\n",
    );
}

#[test]
fn definitions_are_told_by_what_follows() {
    let source = "def f():\n  a\n@b\nclass C:\n  def g(self): c\nd\n";
    check(
        source,
        "def f():\n  _belay_h[0]=1;a\n@b\nclass C:\n  def g(self): c\n_belay_h[1]=1;d\n",
    );
    assert_eq!(told(source), [vec![2], vec![1, 3, 4, 5, 6]]);
    check("def f(): a", "def f(): a\n_belay_h[0]=1\n");
}

#[test]
fn definitions_alone_in_a_branch_are_told_by_the_condition() {
    check(
        "a\nif b:\n  def f(): c\nelse:\n  def f(): d\n",
        "_belay_h[0]=1;a;_belay_h[1]=1\n\
         if (b)and not _belay_e(2,0)or _belay_e(3,0):\n  def f(): c\nelse:\n  def f(): d\n",
    );
}

#[test]
fn definitions_at_an_end_are_marked_on_an_empty_line() {
    check(
        "try: a\nexcept b:\n  def f(): c\n\nd\n",
        "try: _belay_h[0]=1;a\nexcept _belay_e(1,0)or(b):\n  def f(): c\n  _belay_h[2]=1 \n_belay_h[3]=1;d\n",
    );
    check(
        "try: a\nexcept b:\n  def f(): c\n # x\nd\n",
        "try: _belay_h[0]=1;a\nexcept _belay_e(1,0)or(b):\n  def f(): c\n  _belay_h[2]=1  # x\n_belay_h[3]=1;d\n",
    );
}

#[test]
fn what_cannot_be_reached_is_not_counted() {
    for (source, lines) in [
        ("def f():\n return\n a\n", &[1, 2][..]),
        ("if 0:\n a\nelse:\n b\n", &[1, 4]),
        ("while True:\n a\nb\n", &[1, 2]),
        ("if -1:\n a\nelif b:\n c\n", &[1, 2]),
        ("if ():\n a\nif (0, 1):\n b\nelse:\n c\n", &[1, 3, 4]),
        ("while 1:\n if a: break\nb\n", &[1, 2, 3]),
        ("def f():\n global a\n b: int\n c: int = 1\n", &[1, 4]),
        ("try:\n raise a\nexcept b:\n c\nelse:\n d\n", &[1, 2, 3, 4]),
        (
            "def f():\n if a: return\n else:\n  return\n b\n",
            &[1, 2, 4],
        ),
        ("def f(): 'doc'\ndef g():\n 'doc'\n", &[2]),
    ] {
        assert_eq!(rewritten(source).lines, lines, "{source}");
    }
}

#[test]
fn code_for_other_compilers_stays() {
    check(
        "@micropython.asm_thumb\ndef f(r0):\n    add(r0, r0, r0)\n",
        "@micropython.asm_thumb\ndef f(r0):\n    add(r0, r0, r0)\n_belay_h[0]=1\n",
    );
}

#[test]
fn numbers_begin_where_they_are_told_to() {
    let options = Options {
        lines: true,
        assertions: true,
        first_assertion: 7,
        first_mark: 300,
    };
    let result = instrument("if a: assert 1 == 2", &options).unwrap();
    assert_eq!(
        result.text,
        "if _belay_e(300,0)or(a): assert (1 == 2)or _belay_a(7)"
    );
    assert_eq!(result.calls, [300]);
}

#[test]
fn nested_statements_take_no_exponential_time() {
    let line = |level: usize, text: &str| " ".repeat(level) + text;
    let tries = (0..99).map(|level| line(level, "try:\n"));
    let ends = (0..99).rev().map(|level| line(level, "finally: pass\n"));
    let source: String = tries.chain([line(99, "return\n")]).chain(ends).collect();
    assert!(!rewritten(&source).lines.is_empty());
}
