//! The command lines of `belay sync` and `belay fs`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Options of `belay sync`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
#[command(override_usage = "belay sync [OPTIONS] [PORT] <FOLDER>", after_help = after_sync())]
pub struct Sync {
    /// The device [default: BELAY_DEVICE, or the only board plugged in]
    pub port: Option<OsString>,
    /// The folder on this computer whose files the board is to have
    pub folder: Option<PathBuf>,
    /// The folder on the board
    #[arg(long, value_name = "PATH", default_value = "/")]
    pub dst: String,
    /// What on the board is never deleted; once for each [default: boot.py webrepl_cfg.py lib, and
    /// code.py on CircuitPython, if --dst is /]
    #[arg(long, short, value_name = "PATH")]
    pub keep: Vec<String>,
    /// Delete nothing on the board
    #[arg(long, conflicts_with = "keep")]
    pub keep_all: bool,
    /// What is not sent, as a pattern of .gitignore; once for each
    #[arg(long, short, value_name = "PATTERN")]
    pub ignore: Vec<String>,
    /// Send too what is left out by default
    #[arg(long)]
    pub no_ignore: bool,
    /// Leave out what the .gitignore files say, in the folder and above it
    #[arg(long)]
    pub gitignore: bool,
    /// Send Python files as they are, with comments and docstrings
    #[arg(long)]
    pub no_minify: bool,
    /// Compile Python files with this program
    #[arg(long, value_name = "PATH")]
    pub mpy_cross_binary: Option<PathBuf>,
    /// Show what would be done, and change nothing
    #[arg(long, short = 'n')]
    pub dry_run: bool,
    /// Print the plan as a JSON object
    #[arg(long)]
    pub json: bool,
    /// Delete without asking
    #[arg(long, short)]
    pub yes: bool,
    /// Keep what earlier code left in the board's memory, instead of restarting its interpreter
    #[arg(long)]
    pub no_reset: bool,
}

/// Options of `belay fs`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_FS, arg_required_else_help = true)]
#[command(subcommand_required = true)]
pub struct Fs {
    /// What to do.
    #[command(subcommand)]
    pub command: FsCommand,
}

/// The commands of `belay fs`.
#[derive(Debug, Subcommand)]
pub enum FsCommand {
    /// List what a folder on the board holds
    Ls(Ls),
    /// Show a folder on the board with all that lies below it
    Tree(Tree),
    /// Write files of the board to stdout
    Cat(Cat),
    /// Copy files to, from or on the board
    Cp(Cp),
    /// Move or rename files on the board
    Mv(Mv),
    /// Delete files on the board
    Rm(Rm),
    /// Create folders on the board
    Mkdir(Mkdir),
    /// Delete empty folders on the board
    Rmdir(Rmdir),
    /// Create empty files where there are none, and leave others as they are
    Touch(Touch),
    /// Show how much room the board's file system has
    Df(Df),
    /// Compute the SHA-256 of files on the board
    Sha256(Sha256),
    /// Change a file of the board in an editor on this computer
    Edit(Edit),
}

/// Options of `belay fs ls`.
#[derive(Debug, Args)]
#[command(override_usage = "belay fs ls [OPTIONS] [PORT] [:PATH]...")]
pub struct Ls {
    /// The device, then files and folders on the board [default: the folder :/]
    #[arg(value_name = "[PORT] :PATH")]
    pub operands: Vec<OsString>,
    /// Print a JSON array instead of lines
    #[arg(long)]
    pub json: bool,
}

/// Options of `belay fs tree`.
#[derive(Debug, Args)]
#[command(override_usage = "belay fs tree [OPTIONS] [PORT] [:PATH]")]
pub struct Tree {
    /// The device, then a folder on the board [default: the folder :/]
    #[arg(value_name = "[PORT] :PATH")]
    pub operands: Vec<OsString>,
    /// Print a JSON array instead of lines
    #[arg(long)]
    pub json: bool,
}

/// Options of `belay fs cat`.
#[derive(Debug, Args)]
#[command(override_usage = "belay fs cat [OPTIONS] [PORT] <:PATH>...")]
pub struct Cat {
    /// The device, then files on the board
    #[arg(value_name = "[PORT] :PATH", required = true)]
    pub operands: Vec<OsString>,
}

/// Options of `belay fs cp`.
#[derive(Debug, Args)]
#[command(override_usage = "belay fs cp [OPTIONS] [PORT] <SOURCE>... <DESTINATION>")]
#[command(after_help = AFTER_CP)]
pub struct Cp {
    /// The device, then what to copy, then where to
    #[arg(value_name = "[PORT] SOURCE DESTINATION", required = true)]
    pub operands: Vec<OsString>,
    /// Copy folders with all that lies below them
    #[arg(long, short)]
    pub recursive: bool,
    /// Copy files too that are equal already
    #[arg(long, short)]
    pub force: bool,
}

/// Options of `belay fs mv`.
#[derive(Debug, Args)]
#[command(override_usage = "belay fs mv [OPTIONS] [PORT] <:SOURCE>... <:DESTINATION>")]
pub struct Mv {
    /// The device, then files and folders on the board, then where to
    #[arg(value_name = "[PORT] :SOURCE :DESTINATION", required = true)]
    pub operands: Vec<OsString>,
}

/// Options of `belay fs rm`.
#[derive(Debug, Args)]
#[command(override_usage = "belay fs rm [OPTIONS] [PORT] <:PATH>...")]
pub struct Rm {
    /// The device, then files on the board
    #[arg(value_name = "[PORT] :PATH", required = true)]
    pub operands: Vec<OsString>,
    /// Delete folders with all that lies below them
    #[arg(long, short)]
    pub recursive: bool,
    /// Do not complain of files that are not there
    #[arg(long, short)]
    pub force: bool,
}

/// Options of `belay fs mkdir`.
#[derive(Debug, Args)]
#[command(override_usage = "belay fs mkdir [OPTIONS] [PORT] <:PATH>...")]
pub struct Mkdir {
    /// The device, then folders on the board
    #[arg(value_name = "[PORT] :PATH", required = true)]
    pub operands: Vec<OsString>,
    /// Create the folders above too, and do not complain of one that is there
    #[arg(long, short)]
    pub parents: bool,
}

/// Options of `belay fs rmdir`.
#[derive(Debug, Args)]
#[command(override_usage = "belay fs rmdir [OPTIONS] [PORT] <:PATH>...")]
pub struct Rmdir {
    /// The device, then empty folders on the board
    #[arg(value_name = "[PORT] :PATH", required = true)]
    pub operands: Vec<OsString>,
}

/// Options of `belay fs touch`.
#[derive(Debug, Args)]
#[command(override_usage = "belay fs touch [OPTIONS] [PORT] <:PATH>...")]
pub struct Touch {
    /// The device, then files on the board
    #[arg(value_name = "[PORT] :PATH", required = true)]
    pub operands: Vec<OsString>,
}

/// Options of `belay fs df`.
#[derive(Debug, Args)]
#[command(override_usage = "belay fs df [OPTIONS] [PORT] [:PATH]")]
pub struct Df {
    /// The device, then a path on the file system that is meant [default: :/]
    #[arg(value_name = "[PORT] :PATH")]
    pub operands: Vec<OsString>,
    /// Print a JSON object instead of a line
    #[arg(long)]
    pub json: bool,
}

/// Options of `belay fs sha256`.
#[derive(Debug, Args)]
#[command(override_usage = "belay fs sha256 [OPTIONS] [PORT] <:PATH>...")]
pub struct Sha256 {
    /// The device, then files on the board
    #[arg(value_name = "[PORT] :PATH", required = true)]
    pub operands: Vec<OsString>,
}

/// Options of `belay fs edit`.
#[derive(Debug, Args)]
#[command(override_usage = "belay fs edit [OPTIONS] [PORT] <:PATH>", after_help = AFTER_EDIT)]
pub struct Edit {
    /// The device, then a file on the board, which need not be there yet
    #[arg(value_name = "[PORT] :PATH", required = true)]
    pub operands: Vec<OsString>,
}

fn after_sync() -> String {
    let ignored = textwrapped(&belay_sync::DEFAULT_IGNORE, 96);
    format!(
        "\
Files that are equal are not sent. What the folder does not hold is deleted from --dst, after all
files have been sent and found right; on a terminal that is asked first. What cannot be read is
left out with a warning, and stays on the board as it is. A .py file that cannot be read as Python
is sent as it is, with a warning.

Without --no-ignore this is not sent either; --ignore \"!NAME\" brings one back:
{ignored}

Examples:
  belay sync src
  belay sync /dev/ttyACM0 src --dst /lib --ignore \"test_*.py\" --ignore docs/
  belay sync . --gitignore --dry-run"
    )
}

/// Words in lines of at most `width` characters, indented.
fn textwrapped(words: &[&str], width: usize) -> String {
    let mut lines = vec![String::from(" ")];
    for word in words {
        if lines
            .last()
            .is_some_and(|line| line.len() + 1 + word.len() > width)
        {
            lines.push(String::from(" "));
        }
        if let Some(line) = lines.last_mut() {
            line.extend([" ", word]);
        }
    }
    lines.join("\n")
}

const AFTER_FS: &str = "\
A path on the board begins with a colon, :lib/x.py and :/lib/x.py are the same; * ? and [ ] in it stand
for names that are there. A device comes before the paths.

Examples:
  belay fs ls
  belay fs cp -r /dev/ttyACM0 src/. :
  belay fs cat :boot.py";

const AFTER_CP: &str = "\
Either all sources are on the board or none is. A destination that is a folder, or ends with /, takes
the sources under their own names. FOLDER/. stands for what the folder holds.

The first operand is the device if it has a device's form, such as /dev/ttyACM0, COM3, sim: or
tcp://10.0.0.7:4000; a device that is only a name is given in BELAY_DEVICE.

Examples:
  belay fs cp main.py lib.py :
  belay fs cp -r sim: src/. :/
  belay fs cp :data.csv .";

const AFTER_EDIT: &str = "\
The editor is that in VISUAL or EDITOR. The file is written back if it has changed.";
