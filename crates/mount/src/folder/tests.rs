//! A folder that is asked as a board asks.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileExt as _, symlink};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

use super::*;

/// Memory of a board, in bytes.
const FREE: i64 = 1 << 20;

/// A board, as far as its questions go.
struct Board {
    _base: TempDir,
    /// The folder's path.
    path: PathBuf,
    folder: Folder,
    held: i64,
    free: i64,
}

/// An answer, taken apart.
#[derive(Debug)]
struct Heard {
    error: u32,
    value: Value,
    /// `None` if nothing that was held is true.
    gone: Option<Vec<String>>,
    folders: Vec<String>,
    files: Vec<String>,
    /// The content of the first file.
    content: Vec<u8>,
}

fn texts(value: &Value) -> Vec<String> {
    let items: Vec<&Value> = match value {
        Value::List(items) => items.iter().collect(),
        Value::Dict(pairs) => pairs.iter().map(|(key, _)| key).collect(),
        other => panic!("{other}"),
    };
    let text = |item: &Value| match item {
        Value::Str(text) => text.clone(),
        Value::Tuple(parts) => match &parts[0] {
            Value::Str(text) => text.clone(),
            other => panic!("{other}"),
        },
        other => panic!("{other}"),
    };
    items.into_iter().map(text).collect()
}

fn text(text: &str) -> Value {
    Value::Str(text.to_owned())
}

impl Board {
    fn new(files: &[(&str, &str)]) -> Self {
        Self::with(files, Limits::default())
    }

    fn with(files: &[(&str, &str)], limits: Limits) -> Self {
        let base = tempfile::tempdir().unwrap();
        let path = base.path().join("folder");
        fs::create_dir(&path).unwrap();
        for (name, content) in files {
            let file = path.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, content).unwrap();
        }
        Self {
            folder: Folder::open(&path, limits).unwrap(),
            path,
            _base: base,
            held: 0,
            free: FREE,
        }
    }

    fn ask(&mut self, kind: &str, rest: &[Value]) -> Heard {
        let mut arguments = vec![text(kind), Value::Int(self.held), Value::Int(self.free)];
        arguments.extend(rest.iter().cloned());
        let lines = self.folder.answer(HostCall {
            name: String::new(),
            arguments,
            keywords: Vec::new(),
        });
        let Ok(Value::Tuple(parts)) = belay_pylit::parse(&lines[0]) else {
            panic!("{lines:?}");
        };
        let [number, error, value, gone, folders, files]: [Value; 6] = parts.try_into().unwrap();
        let (Value::Int(number), Value::Int(error)) = (number, error) else {
            panic!("{lines:?}");
        };
        self.held = number;
        let files = texts(&files);
        assert_eq!(files.len() + 1, lines.len());
        Heard {
            error: u32::try_from(error).unwrap(),
            value,
            gone: (gone != Value::None).then(|| texts(&gone)),
            folders: texts(&folders),
            content: lines
                .get(1)
                .map_or(Vec::new(), |line| STANDARD.decode(line).unwrap()),
            files,
        }
    }

    /// Asks about a path.
    fn at(&mut self, kind: &str, path: &str) -> Heard {
        self.ask(kind, &[text(path)])
    }

    fn open(&mut self, path: &str, mode: &str) -> Heard {
        self.ask("o", &[text(path), text(mode)])
    }

    fn write(&mut self, number: &Value, at: i64, data: &[u8]) -> u32 {
        let data = text(&STANDARD.encode(data));
        self.ask("w", &[number.clone(), Value::Int(at), data]).error
    }
}

/// The number of an open file, and its size.
fn opened(heard: &Heard) -> (Value, i64) {
    match &heard.value {
        Value::Tuple(parts) => match parts.as_slice() {
            [number, Value::Int(size)] => (number.clone(), *size),
            _ => panic!("{heard:?}"),
        },
        _ => panic!("{heard:?}"),
    }
}

#[test]
fn a_board_sees_nothing_outside() {
    let mut board = Board::new(&[("a.txt", "inside")]);
    let path = board.path.clone();
    fs::write(path.parent().unwrap().join("secret"), "secret").unwrap();
    symlink("../secret", path.join("out")).unwrap();
    symlink("/etc/passwd", path.join("passwd")).unwrap();
    symlink("..", path.join("above")).unwrap();
    symlink("a.txt", path.join("link")).unwrap();
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    let kind = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, path.join("fifo"), kind, mode, 0).unwrap();
    for name in [
        "../secret",
        "../../etc/passwd",
        "/etc/passwd",
        "a/../../secret",
        "out",
        "passwd",
        "above/secret",
        "fifo",
        "a.txt\0",
        ".",
    ] {
        for mode in ["r", "r+", "w", "a"] {
            let heard = board.open(name, mode);
            assert!(
                heard.error > 0 && heard.files.is_empty(),
                "{name}: {heard:?}"
            );
        }
        assert_eq!(board.at("s", name).value, Value::None, "{name}");
        for kind in ["m", "d", "D"] {
            // A link may be removed: it is a name of this folder.
            if !["out", "passwd", "fifo"].contains(&name) || kind != "d" {
                assert!(board.at(kind, name).error > 0, "{kind} {name}");
            }
        }
        for (from, to) in [("a.txt", name), (name, "b.txt")] {
            if name.contains(['/', '\0']) || name == "." {
                let heard = board.ask("R", &[text(from), text(to)]);
                assert!(heard.error > 0, "{from} {to}");
            }
        }
    }
    assert_eq!(board.open("link", "r").content, b"inside");
    // Of all these names the board sees those that it can open.
    (board.held, board.free) = (0, 0);
    let listing = board.ask("l", &[text(""), Value::Int(0)]);
    assert_eq!(texts(&listing.value), ["a.txt", "link"]);
    assert_eq!(
        fs::read(path.parent().unwrap().join("secret")).unwrap(),
        b"secret"
    );
}

#[test]
fn an_import_takes_one_answer() {
    let mut board = Board::new(&[
        (
            "p/__init__.py",
            "from .a import f\nfrom . import b, missing\n",
        ),
        ("p/a.py", "import q.c, os\nx = 1\n"),
        ("p/b.py", ""),
        ("p/unused.py", ""),
        ("q/__init__.py", ""),
        ("q/c.py", "import p"),
        ("main.py", ""),
    ]);
    let heard = board.at("s", "p/__init__.py");
    let wanted = [
        "p/__init__.py",
        "p/a.py",
        "p/b.py",
        "q/__init__.py",
        "q/c.py",
    ];
    assert_eq!(heard.files, wanted);
    assert_eq!(heard.folders, ["", "p", "q"]);
    // What the board has is not sent again, until it is opened again or has changed.
    let heard = board.at("s", "p/__init__.py");
    assert_eq!((heard.files.len(), heard.folders.len()), (0, 0));
    assert_eq!(board.open("p/a.py", "r").files, ["p/a.py"]);
    fs::write(board.path.join("p/b.py"), "changed = 1").unwrap();
    let heard = board.open("p/__init__.py", "r");
    assert_eq!(heard.gone.unwrap(), ["p", "p/b.py"]);
    assert_eq!(heard.files, ["p/__init__.py", "p/b.py"]);
}

#[test]
fn what_comes_along_fits_the_board() {
    let long = "x = 'abc'\n".repeat(3000);
    let mut board = Board::new(&[
        ("m.py", "import n, o\n"),
        ("n.py", &long),
        ("o.py", "y = 1\n"),
    ]);
    board.free = 50_000;
    let heard = board.open("m.py", "r");
    assert_eq!(heard.files, ["m.py", "o.py"]);
    // What is too long is read piece by piece.
    let (number, size) = opened(&board.open("n.py", "r"));
    assert_eq!(usize::try_from(size).unwrap(), long.len());
    let heard = board.ask("r", &[number, Value::Int(10)]);
    assert_eq!(heard.content, &long.as_bytes()[10..5010]);
    for index in 0..200 {
        File::create(board.path.join(format!("{index:03}"))).unwrap();
    }
    let mut names = Vec::new();
    loop {
        let start = Value::Int(i64::try_from(names.len()).unwrap());
        let heard = board.ask("l", &[text(""), start]);
        assert!(heard.folders.is_empty());
        match texts(&heard.value) {
            part if part.is_empty() => break,
            part => names.extend(part),
        }
    }
    assert_eq!(names.len(), 203);
    assert!(names.is_sorted());
}

/// The times of file systems are coarse: what is written twice at once has the same one.
#[test]
fn nothing_is_stale() {
    let mut board = Board::new(&[("m.py", "import n\n"), ("n.py", "x = 1\n")]);
    assert_eq!(board.open("m.py", "r").files, ["m.py", "n.py"]);
    assert_eq!(board.ask("=", &[]).gone.unwrap(), [""; 0]);
    let path = board.path.join("n.py");
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    let file = File::options().write(true).open(&path).unwrap();
    file.write_all_at(b"x = 2\n", 0).unwrap();
    file.set_modified(time).unwrap();
    assert_eq!(board.ask("=", &[]).gone.unwrap(), ["n.py"]);
    // An answer that has not arrived: the board knows less than is thought.
    board.held = 1;
    assert!(board.ask("=", &[]).gone.is_none());
    assert_eq!(board.open("m.py", "r").files, ["m.py", "n.py"]);
}

#[test]
fn files_are_written_within_bounds() {
    let limits = Limits {
        open_files: 2,
        file_size: 1000,
        growth: 1500,
        ..Limits::default()
    };
    let mut board = Board::with(&[("a", "0123456789")], limits);
    let (a, size) = opened(&board.open("a", "r+b"));
    assert_eq!(size, 10);
    assert_eq!(board.write(&a, 8, b"abcd"), 0);
    assert_eq!(board.write(&a, 999, b"ab"), errno::TOO_BIG);
    assert_eq!(board.write(&a, i64::MAX, b"ab"), errno::TOO_BIG);
    let (b, _) = opened(&board.open("b", "w"));
    assert_eq!(board.open("c", "w").error, errno::TOO_MANY_OPEN);
    assert_eq!(board.write(&b, 0, &[b'x'; 1000]), 0);
    // What is written anew makes nothing longer.
    assert_eq!(board.write(&b, 0, &[b'y'; 1000]), 0);
    assert_eq!(board.write(&a, 12, &[b'x'; 988]), errno::NO_SPACE);
    assert_eq!(board.ask("f", &[]).value, Value::Int(498));
    assert_eq!(fs::read(board.path.join("a")).unwrap(), b"01234567abcd");
    let closing = [b.clone(), Value::Int(0), text("")];
    assert_eq!(board.ask("c", &closing).error, 0);
    assert_eq!(board.write(&b, 0, b"x"), errno::BAD_FILE);
    assert_eq!(board.open("b", "rw").error, errno::INVALID);
    assert_eq!(board.ask("z", &[]).error, errno::INVALID);
    assert_eq!(board.ask("o", &[Value::None]).error, errno::INVALID);
}

#[test]
fn a_board_that_may_only_read_changes_nothing() {
    let limits = Limits {
        read_only: true,
        ..Limits::default()
    };
    let mut board = Board::with(&[("a", "text"), ("d/b", "")], limits);
    for mode in ["w", "a", "r+", "x"] {
        assert_eq!(board.open("a", mode).error, errno::READ_ONLY, "{mode}");
    }
    for (kind, path) in [("m", "new"), ("d", "a"), ("D", "d")] {
        assert_eq!(board.at(kind, path).error, errno::READ_ONLY, "{kind}");
    }
    let heard = board.ask("R", &[text("a"), text("b")]);
    assert_eq!(heard.error, errno::READ_ONLY);
    assert_eq!(board.open("a", "r").content, b"text");
}

#[test]
fn folders_and_names_change() {
    let mut board = Board::new(&[("a", "text")]);
    assert_eq!(board.at("m", "d").error, 0);
    assert_eq!(board.ask("R", &[text("a"), text("d/b")]).error, 0);
    assert_eq!(board.at("D", "d").error, errno::NOT_EMPTY);
    assert_eq!(board.at("d", "d/b").error, 0);
    assert_eq!(board.at("D", "d").error, 0);
    assert_eq!(board.at("d", "d/b").error, errno::NOT_FOUND);
    assert_eq!(board.at("d", "").error, errno::INVALID);
    assert_eq!(fs::read_dir(&board.path).unwrap().count(), 0);
}

#[test]
fn a_folder_may_vanish_and_come_back() {
    let mut board = Board::new(&[("a", "old"), ("m.py", "x = 1")]);
    assert_eq!(board.at("s", "a").error, 0);
    fs::rename(&board.path, board.path.with_file_name("elsewhere")).unwrap();
    for kind in ["s", "d", "m"] {
        let heard = board.at(kind, "a");
        assert_eq!(
            (heard.error, heard.gone),
            (errno::NO_DEVICE, None),
            "{kind}"
        );
    }
    assert_eq!(board.open("a", "r").error, errno::NO_DEVICE);
    fs::create_dir(&board.path).unwrap();
    fs::write(board.path.join("a"), "new").unwrap();
    assert_eq!(board.open("a", "r").content, b"new");
}

#[test]
fn names_that_the_other_side_cannot_hold() {
    let mut board = Board::new(&[("a", "")]);
    let name = std::ffi::OsStr::from_bytes(b"\xff\xfe");
    if File::create(board.path.join(name)).is_err() {
        // There are file systems that have Unicode only.
        return;
    }
    let heard = board.ask("l", &[text(""), Value::Int(0)]);
    assert_eq!((heard.error, heard.folders), (0, vec![String::new()]));
    let long = "x".repeat(300);
    assert_eq!(board.open(&long, "w").error, 36);
    assert_eq!(board.at("m", &long).error, 36);
    assert_eq!(board.open(&"x/".repeat(5000), "w").error, errno::INVALID);
}

#[test]
fn a_file_of_4_gb() {
    let mut board = Board::new(&[]);
    let size = (4_i64 << 30) + 3;
    let file = File::create(board.path.join("big")).unwrap();
    file.set_len(u64::try_from(size).unwrap()).unwrap();
    file.write_all_at(b"end", 4 << 30).unwrap();
    let heard = board.open("big", "r");
    assert!(heard.files.is_empty());
    let (number, found) = opened(&heard);
    assert_eq!(found, size);
    let heard = board.ask("r", &[number.clone(), Value::Int(4 << 30)]);
    assert_eq!(heard.content, b"end");
    assert_eq!(board.ask("r", &[number, Value::Int(size)]).content, b"");
}
