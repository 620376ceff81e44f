//! Kinds of tests, and what is told of them.

use super::*;

#[test]
fn functions_run_in_their_order_with_what_is_around_them() {
    let source = "\
print('imported')
def setup_module(): print('begin')
def teardown_module(): print('end')
def setup(): print('up')
def teardown(): print('down')
def test_z(): print('z')
async def test_b(): print('b')
class TestC:
    def setup_method(self): self.x = 1
    def test_y(self): assert self.x == 1
    def test_x(self): assert self.x == 2
def helper(): print('no')
test_number = 1
";
    let outcomes = run(source, Options::default());
    assert_eq!(
        told(&outcomes),
        [
            "::test_z passed",
            "::test_b passed",
            "::TestC::test_y passed",
            "::TestC::test_x failed: assert 1 == 2",
        ]
    );
    assert_eq!(outcomes[0].output, "up\nz\ndown\n");
    assert_eq!(outcomes[1].output, "up\nb\ndown\n");
}

#[test]
fn cases_of_unittest_run() {
    let source = "\
import unittest
class A(unittest.TestCase):
    @classmethod
    def setUpClass(cls): cls.made = 1
    def setUp(self): self.addCleanup(print, 'cleaned')
    def test_equal(self): self.assertEqual(self.made, 2)
    def test_raises(self):
        with self.assertRaises(ValueError): int('x')
        self.assertRaises(KeyError, {}.pop, 1)
    def test_none(self):
        with self.assertRaises(ValueError): pass
    def test_skipped(self): self.skipTest('not today')
    @unittest.skip('never')
    def test_never(self): pass
    @unittest.expectedFailure
    def test_expected(self): assert 0
    def test_sub(self):
        for i in range(3):
            with self.subTest(i=i): self.assertNotEqual(i, 1)
        print('all')
    async def test_async(self): self.assertTrue(True)
if __name__ == '__main__':
    unittest.main()
";
    let outcomes = run(source, Options::default());
    assert_eq!(
        told(&outcomes),
        [
            "::A::test_equal failed: AssertionError: 1 != 2",
            "::A::test_raises passed",
            "::A::test_none failed: AssertionError: ValueError not raised",
            "::A::test_skipped skipped: not today",
            "::A::test_never skipped: never",
            "::A::test_expected passed",
            "::A::test_sub failed: AssertionError: 1 == 1",
            "::A::test_async passed",
        ]
    );
    assert_eq!(outcomes[0].output, "cleaned\n");
    assert!(outcomes[6].output.ends_with("all\ncleaned\n"));
}

#[test]
fn failures_name_the_file_the_line_and_the_parts() {
    let source = "\
def volts(raw):
    return raw * 3

def test_volts():
    limit = 7
    assert volts(2) == limit, 'too much'
";
    let outcomes = run(source, Options::default());
    let Verdict::Failed(failure) = &outcomes[0].verdict else {
        panic!("{outcomes:?}");
    };
    let path = outcomes[0].path.display();
    assert_eq!(
        failure.render(|_, _| None),
        format!(
            "Traceback (most recent call last):\n  File \"{path}\", line 6, in test_volts\n\
             AssertionError: too much\nassert 6 == 7\n +  where 6 = volts(2)"
        )
    );
    let plain = Options {
        assertions: false,
        ..Options::default()
    };
    let outcomes = run(source, plain);
    assert_eq!(
        told(&outcomes),
        ["::test_volts failed: AssertionError: too much"]
    );
}

#[test]
fn a_filter_takes_some() {
    let source = "def test_a(): pass\nclass TestB:\n  def test_c(self): pass\n";
    let options = Options {
        filter: Some("TestB::".to_owned()),
        ..Options::default()
    };
    assert_eq!(told(&run(source, options)), ["::TestB::test_c passed"]);
}

#[test]
fn circuitpython_runs_tests_too() {
    let board = board(Firmware::circuitpython());
    let folder = folder(&[
        (
            "test_a.py",
            "import unittest\nfrom pack import part\nclass A(unittest.TestCase):\n  def test_b(self): assert part.f(1) == 3\n",
        ),
        ("pack/__init__.py", ""),
        ("pack/part.py", "def f(x):\n    return x + 1\n"),
    ]);
    let mut runner = Runner::new(connect(&board), Options::default()).unwrap();
    let outcomes = run_in(&mut runner, folder.path());
    assert_eq!(told(&outcomes), ["::A::test_b failed: assert 2 == 3"]);
}
