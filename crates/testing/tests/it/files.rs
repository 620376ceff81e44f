//! Modules of the host and files of the board.

use super::*;

#[test]
fn modules_come_from_the_host_and_nothing_is_stored() {
    let board = board(Firmware::default());
    let folder = folder(&[
        (
            "test_a.py",
            "import near\nfrom pack.deep import f\nimport own\ndef test_b():\n    assert near.x + f() + own.y == 6\n",
        ),
        ("near.py", "x = 1\n"),
        ("lib/pack/__init__.py", ""),
        (
            "lib/pack/deep/__init__.py",
            "from ..other import g\ndef f(): return g()\n",
        ),
        ("lib/pack/other.py", "def g(): return 2\n"),
    ]);
    let mut device = connect(&board);
    device.files().write("/own.py", b"y = 3\n").unwrap();
    let options = Options {
        folders: vec![folder.path().join("lib")],
        ..Options::default()
    };
    let mut runner = Runner::new(device, options).unwrap();
    assert_eq!(
        told(&run_in(&mut runner, folder.path())),
        ["::test_b passed"]
    );
    let mut device = runner.finish().unwrap();
    let entries = device.files().walk("/").unwrap().entries;
    let paths: Vec<_> = entries.iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(paths, ["/own.py"]);
}

#[test]
fn coverage_tells_the_lines_of_the_hosts_modules() {
    let module = "\
\"\"\"A module.\"\"\"
def f(x):
    if x > 1:
        return 1
    elif x:
        return 2
    return 3

def g():
    return 4
";
    let board = board(Firmware::default());
    let folder = folder(&[
        (
            "test_a.py",
            "import m\ndef test_b(): assert m.f(1) == 2\ndef test_c(): m.f(2)\ndef test_d():\n    import machine\n    machine.reset()\n",
        ),
        ("m.py", module),
    ]);
    let options = Options {
        coverage: true,
        ..Options::default()
    };
    let mut runner = Runner::new(connect(&board), options).unwrap();
    let outcomes = run_in(&mut runner, folder.path());
    assert_eq!(outcomes[0].verdict, Verdict::Passed);
    let coverage = runner.coverage();
    let (path, file) = coverage.files().next().unwrap();
    assert_eq!(path, folder.path().join("m.py"));
    assert_eq!(file.lines().collect::<Vec<_>>(), [2, 3, 4, 5, 6, 7, 9, 10]);
    // The restart took away what the tests before it had marked.
    assert!(file.hit().all(|line| line < 10));
}

#[test]
fn what_tests_do_to_files_is_undone() {
    let board = board(Firmware::default());
    let folder = folder(&[(
        "test_a.py",
        "import os\ndef test_b():\n    os.remove('/lib/own.py')\n    os.rmdir('/lib')\n    open('/new', 'w').close()\n\
         def test_c():\n    assert os.listdir('/') == []\n",
    )]);
    let mut device = connect(&board);
    device.files().create_folder("/lib", false).unwrap();
    device.files().write("/lib/own.py", b"y = 3\n").unwrap();
    let mut runner = Runner::new(device, Options::default()).unwrap();
    let file = TestFile::read(&folder.path().join("test_a.py")).unwrap();
    let mut lost = Vec::new();
    let result = runner.run(&file, &mut |event| {
        if let Event::FilesLost { paths, restored } = event {
            assert!(restored);
            lost = paths.to_vec();
        }
    });
    result.unwrap();
    assert_eq!(lost, ["/lib", "/lib/own.py"]);
    let mut device = runner.finish().unwrap();
    assert_eq!(device.files().read("/lib/own.py").unwrap(), b"y = 3\n");
    assert_eq!(device.files().stat("/new").unwrap(), None);
}
