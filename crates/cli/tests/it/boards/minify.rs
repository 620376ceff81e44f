//! Minified programs on a real interpreter.

use super::board::Board;
use crate::support::belay;

/// The lines that say something, or raise something, have no white space to lose: a traceback shows
/// them.
const SOURCE: &str = r#"
"""What this is."""
from micropython import const

_LIMIT: int = const(3)   # not a name on the board

@micropython.viper
def total(numbers: object, length: int) -> int:
    """Adds, in machine code."""
    result: int = 0
    for index in range(length):
        result += int(numbers[index])
    return result


class Empty:
    """Nothing but this."""


def shown(value, *, width: int = 4) -> str:
    'A docstring'; 'and more'
    if value is None: pass
    return f'{ value !r:>{width}}' '|' "" 'x'  # a comment

for number in (
    1 , 2 if _LIMIT  else - 1 ,

    0x1 if _LIMIT else 3 , 1 . __class__ ,
):
    print(shown(number))

long = 1 + \
    2 - - 3
print(long, total([1, 2, 3], _LIMIT), Empty.__name__, not - 1)
def fail():
    '''Raises
    on its own line.'''

    raise(ValueError(
        long))
fail()
"#;

#[test]
fn minified_programs_do_the_same_on_the_same_lines() {
    let board = Board::start();
    let run = |name: &str, source: &str| {
        let folder = board.folder();
        let path = folder.file(name, source.as_bytes());
        let output = board.belay("run", &[&path]).code(1).get_output().clone();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(&path, "FILE");
        let errors = text(output.stderr);
        // Without the lines of the source, which are shorter now.
        let errors = errors.lines().filter(|line| !line.starts_with("    "));
        (
            text(output.stdout),
            errors.map(str::to_owned).collect::<Vec<_>>(),
        )
    };
    let minified = |level: &[&str]| {
        let command = [&["minify", "-"], level].concat();
        let output = belay(&command).write_stdin(SOURCE).assert().success();
        String::from_utf8(output.get_output().stdout.clone()).unwrap()
    };
    let (output, errors) = run("source.py", SOURCE);
    assert_eq!(output.lines().count(), 5, "{output}");
    assert_eq!(errors.last().unwrap(), "ValueError: 6");

    assert_eq!(run("lines.py", &minified(&[])), (output.clone(), errors));
    let (stripped, errors) = run("strip.py", &minified(&["--strip"]));
    assert_eq!(stripped, output);
    assert_eq!(errors.last().unwrap(), "ValueError: 6");
}
