//! What the user typed: the types that clap reads a command line into.

mod files;
mod packages;
mod testing;

use std::ffi::{OsStr, OsString};
use std::fmt::Write;
#[cfg(all(unix, feature = "sim"))]
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::password::Password;

pub use files::{
    Cat, Cp, Df, Edit, Fs, FsCommand, Ls, Mkdir, Mv, Rm, Rmdir, Sha256, Sync, Touch, Tree,
};
pub use packages::{
    Add, CacheArgs, CacheClear, CacheCommand, CacheInfo, CacheList, Clean, Init, Install, List,
    Lock, Network, New, Outdated, PackageTree, Remove, Search, Update,
};

pub use testing::Test;

/// Run code on MicroPython and CircuitPython boards
#[derive(Debug, Parser)]
#[command(name = "belay", version, max_term_width = 100)]
#[command(after_help = Cli::after_help(), arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the boards and other serial ports of this computer
    Devices(Devices),
    /// Choose a board from a table, and learn how to name it
    Select(Select),
    /// Show what runs on a board
    Info(Info),
    /// Run statements on a board
    Exec(Exec),
    /// Evaluate an expression on a board and print its value
    Eval(Eval),
    /// Run a script on a board, or a program here with the project's dependencies
    Run(Run),
    /// Make a folder on a board hold the same files as one on this computer
    Sync(Sync),
    /// Look at and change the files on a board
    Fs(Fs),
    /// Make a new project
    New(New),
    /// Make a folder a project
    Init(Init),
    /// Add a dependency to the project
    Add(Add),
    /// Remove dependencies from the project
    Remove(Remove),
    /// Get the newest versions of dependencies that the project allows
    Update(Update),
    /// Write belay.lock for what pyproject.toml asks for
    Lock(Lock),
    /// List the project's dependencies
    List(List),
    /// Show the project's dependencies with all that they need
    Tree(PackageTree),
    /// List dependencies of which there is something newer
    Outdated(Outdated),
    /// Find packages in the index
    Search(Search),
    /// Remove files of the project that no dependency needs
    Clean(Clean),
    /// Look at and clear the cache of downloads
    Cache(CacheArgs),
    /// Put the project and its dependencies on a board
    Install(Install),
    /// Run tests on boards
    Test(Test),
    /// Measure how long a call to a board takes
    Latency(Latency),
    /// Talk to a board's prompt or program, key by key
    Terminal(Terminal),
    /// Let a board use a folder of this computer, and talk to it
    Mount(Mount),
    /// Restart a board
    Reset(Reset),
    /// Look after the drive of a board with CircuitPython
    #[command(name = "circuitpython")]
    CircuitPython(CircuitPython),
    /// Make Python source smaller, with the same names and the same line numbers
    Minify(Minify),
    /// Start a simulated board that other programs can open
    #[cfg(all(unix, feature = "sim"))]
    Sim(Sim),
    /// Write a script that completes command lines in a shell
    Completions(Completions),
    /// Print the version
    Version,
    /// Write the manual pages
    #[command(hide = true)]
    Man(Man),
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct Global {
    /// How long a board may take to answer when connecting, in seconds
    #[arg(long, global = true, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub timeout: Duration,
    /// The speed of a serial line, in bits per second [default: 115200; none if simulated]
    #[arg(long, global = true, value_name = "BITS/S", value_parser = clap::value_parser!(u32).range(1..))]
    pub baud: Option<u32>,
    /// The password of a WebREPL or web workflow; other users of this computer can see it here, and not in
    /// BELAY_PASSWORD
    #[arg(long, global = true)]
    pub password: Option<Password>,
    /// Check what goes over the line, and send again what was damaged [default: if it may be]
    #[arg(long, global = true, overrides_with = "no_checked")]
    pub checked: bool,
    /// Trust the line, which costs less memory on the board
    #[arg(long, global = true, overrides_with = "checked")]
    pub no_checked: bool,
    /// Say on stderr what is being done
    #[arg(long, short, global = true, action = ArgAction::SetTrue, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Say nothing on stderr but errors
    #[arg(long, short, global = true, action = ArgAction::SetTrue)]
    pub quiet: bool,
    /// When to use colours on stderr
    #[arg(
        long,
        global = true,
        value_name = "auto|always|never",
        default_value = "auto",
        hide_possible_values = true
    )]
    pub color: Color,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Options of `belay devices`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_DEVICES)]
pub struct Devices {
    /// Ask each device what runs on it, for two seconds at most, devices with names and simulated boards
    /// included; this interrupts programs
    #[arg(long)]
    pub probe: bool,
    /// Print a JSON array instead of a table
    #[arg(long)]
    pub json: bool,
}

/// Options of `belay select`.
#[derive(Debug, Args)]
pub struct Select {}

/// Options of `belay info`.
#[derive(Debug, Args)]
pub struct Info {
    /// The device [default: BELAY_DEVICE, or the only board plugged in]
    pub port: Option<String>,
    /// Print a JSON object instead of lines
    #[arg(long)]
    pub json: bool,
    /// Restart the board's interpreter first
    #[arg(long)]
    pub reset: bool,
}

/// Options of `belay exec`.
#[derive(Debug, Args)]
#[command(override_usage = "belay exec [OPTIONS] [PORT] <CODE>", after_help = AFTER_EXEC)]
pub struct Exec {
    /// The device [default: BELAY_DEVICE, or the only board plugged in]
    pub port: Option<String>,
    /// The statements, or - to read them from stdin
    pub code: Option<String>,
    /// What is mounted meanwhile.
    #[command(flatten)]
    pub mount: Mounted,
    /// Pass on the output byte by byte, with the CR that a board puts in front of LF
    #[arg(long)]
    pub raw: bool,
    /// Restart the board's interpreter first
    #[arg(long)]
    pub reset: bool,
}

/// A folder of this computer that is the board's while its code runs.
#[derive(Debug, Args)]
pub struct Mounted {
    /// Let the board use this folder of this computer as its working folder, and import from it
    #[arg(long = "mount", value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
    /// Where the board finds that folder
    #[arg(
        long,
        value_name = "PATH",
        default_value = "/remote",
        requires = "folder"
    )]
    pub at: String,
    /// Let the board change nothing in that folder
    #[arg(long, requires = "folder")]
    pub read_only: bool,
}

/// Options of `belay mount`.
#[derive(Debug, Args)]
#[command(override_usage = "belay mount [OPTIONS] [PORT] <FOLDER>", after_help = AFTER_MOUNT)]
pub struct Mount {
    /// The device [default: BELAY_DEVICE, or the only board plugged in]
    pub port: Option<OsString>,
    /// The folder of this computer
    pub folder: Option<OsString>,
    /// Where the board finds it
    #[arg(long, value_name = "PATH", default_value = "/remote")]
    pub at: String,
    /// Let the board change nothing in it
    #[arg(long)]
    pub read_only: bool,
    /// Restart the board's interpreter first
    #[arg(long)]
    pub reset: bool,
    /// Write what the board prints to a file too
    #[arg(long, value_name = "FILE")]
    pub capture: Option<PathBuf>,
    /// The key that leaves: one character, or ctrl- and a letter or one of @[\]^_
    #[arg(long, value_name = "KEY", default_value = "ctrl-]", value_parser = exit_key)]
    pub exit_key: u8,
}

/// Options of `belay eval`.
#[derive(Debug, Args)]
#[command(override_usage = "belay eval [OPTIONS] [PORT] <EXPR>", after_help = AFTER_EVAL)]
pub struct Eval {
    /// The device [default: BELAY_DEVICE, or the only board plugged in]
    #[arg(allow_negative_numbers = true)]
    pub port: Option<String>,
    /// The expression, or - to read it from stdin
    #[arg(value_name = "EXPR", allow_negative_numbers = true)]
    pub expression: Option<String>,
    /// Print the value as JSON instead of its repr
    #[arg(long)]
    pub json: bool,
    /// Restart the board's interpreter first
    #[arg(long)]
    pub reset: bool,
}

/// Options of `belay run`.
#[derive(Debug, Args)]
#[command(override_usage = USAGE_OF_RUN, after_help = AFTER_RUN)]
pub struct Run {
    /// The device and a script on this computer, or - to read it from stdin, with the script's
    /// arguments; or else a program of this computer with its own
    #[arg(value_name = "[PORT] SCRIPT [ARGUMENT]", allow_negative_numbers = true)]
    pub operands: Vec<OsString>,
    /// What is mounted meanwhile.
    #[command(flatten)]
    pub mount: Mounted,
    /// Pass on the output byte by byte, with the CR that a board puts in front of LF
    #[arg(long)]
    pub raw: bool,
    /// Keep what earlier code left in the board's memory, instead of restarting its interpreter
    #[arg(long)]
    pub no_reset: bool,
    /// Show on stderr what the pins of a simulated board did
    #[cfg(all(unix, feature = "sim"))]
    #[arg(long)]
    pub pins: bool,
}

/// Options of `belay latency`.
#[derive(Debug, Args)]
pub struct Latency {
    /// The device [default: BELAY_DEVICE, or the only board plugged in]
    pub port: Option<String>,
    /// How many calls to measure; --verbose prints the time of each
    #[arg(long, short, value_name = "N", default_value = "100")]
    pub count: NonZeroU32,
    /// Write the time of each call to a CSV file
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Print a JSON object instead of lines
    #[arg(long)]
    pub json: bool,
}

/// Options of `belay terminal`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_TERMINAL)]
pub struct Terminal {
    /// The device [default: BELAY_DEVICE, or the only board plugged in]
    pub port: Option<String>,
    /// Write what the board prints to a file too
    #[arg(long, value_name = "FILE")]
    pub capture: Option<PathBuf>,
    /// The key that leaves: one character, or ctrl- and a letter or one of @[\]^_
    #[arg(long, value_name = "KEY", default_value = "ctrl-]", value_parser = exit_key)]
    pub exit_key: u8,
}

/// The byte that a terminal sends for a key.
fn exit_key(text: &str) -> Result<u8, String> {
    let control = text
        .get(..5)
        .filter(|start| start.eq_ignore_ascii_case("ctrl-"));
    let key = if control.is_some() { &text[5..] } else { text };
    match (key.as_bytes(), control) {
        ([byte], None) if byte.is_ascii() => Ok(*byte),
        ([byte], Some(_)) if matches!(byte.to_ascii_uppercase(), b'@'..=b'_') => Ok(byte & 0x1f),
        _ => Err(
            "a key is one character of ASCII, or ctrl- and a letter or one of @[\\]^_".to_owned(),
        ),
    }
}

/// Options of `belay reset`.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
#[derive(Debug, Args)]
#[command(after_help = AFTER_RESET)]
pub struct Reset {
    /// The device [default: BELAY_DEVICE, or the only board plugged in]
    pub port: Option<String>,
    /// Restart the interpreter, as ctrl-D at its prompt does: this is the default
    #[arg(long, group = "way")]
    pub soft: bool,
    /// Restart the board as its reset button does
    #[arg(long, group = "way")]
    pub hard: bool,
    /// Restart into the bootloader, which takes new firmware
    #[arg(long, group = "way")]
    pub bootloader: bool,
    /// Restart without running boot.py and code.py, with CircuitPython
    #[arg(long, group = "way")]
    pub safe_mode: bool,
}

/// `belay circuitpython`.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true, subcommand_required = true)]
pub struct CircuitPython {
    /// What to do.
    #[command(subcommand)]
    pub command: CircuitPythonCommand,
}

/// The commands of `belay circuitpython`.
#[derive(Debug, Subcommand)]
pub enum CircuitPythonCommand {
    /// Let code on the board write to its files from each start on, by a line in boot.py
    Remount(Remount),
    /// Take that line out of boot.py again
    Revert(Revert),
}

/// Options of `belay circuitpython remount`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_REMOUNT)]
pub struct Remount {
    /// The device [default: BELAY_DEVICE, or the only board plugged in]
    pub port: Option<String>,
    /// Change boot.py without asking
    #[arg(long, short)]
    pub yes: bool,
}

/// Options of `belay circuitpython revert`.
#[derive(Debug, Args)]
pub struct Revert {
    /// The device [default: BELAY_DEVICE, or the only board plugged in]
    pub port: Option<String>,
}

/// Options of `belay minify`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_MINIFY)]
pub struct Minify {
    /// The sources, or - for stdin
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Write to this file instead of stdout; for several sources, to files of the same names in this
    /// folder
    #[arg(long, short, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// Drop blank lines and annotations too, which gives up the line numbers
    #[arg(long)]
    pub strip: bool,
    /// Write nothing, only say which sources have errors
    #[arg(long, conflicts_with = "output")]
    pub check: bool,
}

/// Options of `belay sim`.
#[cfg(all(unix, feature = "sim"))]
#[derive(Debug, Args)]
#[command(after_help = AFTER_SIM)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct Sim {
    /// A name, for a board other than the usual one; sim:NAME?OPTIONS is understood as well
    #[arg(default_value = "", hide_default_value = true)]
    pub board: String,
    /// Start with an empty flash
    #[arg(long)]
    pub fresh: bool,
    /// The file that holds the flash, instead of one in the data folder
    #[arg(long, value_name = "PATH")]
    pub flash: Option<PathBuf>,
    /// The time to the board and back, such as 2ms
    #[arg(long, value_name = "TIME", value_parser = latency)]
    pub latency: Option<Duration>,
    /// The size of the board's input buffer, in bytes; what overflows it is lost
    #[arg(long, value_name = "BYTES")]
    pub input_buffer: Option<usize>,
    /// Listen on this address too, such as 127.0.0.1:4000; port 0 is any that is free
    #[arg(long, value_name = "ADDR")]
    pub tcp: Option<SocketAddr>,
    /// Serve WebREPL at this address too, with the password of --password or BELAY_PASSWORD
    #[arg(long, value_name = "ADDR")]
    pub webrepl: Option<SocketAddr>,
    /// Open the board's controls to programs there: an address as for --tcp, or the path of a
    /// Unix socket, with a / in it
    #[arg(long, value_name = "ADDR|PATH")]
    pub control: Option<belay_sim::ControlAddress>,
    /// End when the process that has started this one ends
    #[arg(long)]
    pub with_parent: bool,
    /// Only list the boards there are
    #[arg(long, conflicts_with_all = ["board", "fresh", "flash", "tcp", "webrepl", "control", "with_parent"])]
    pub list: bool,
    /// With --list: as JSON
    #[arg(long, requires = "list")]
    pub json: bool,
    /// Only delete the board, with its flash
    #[arg(long, conflicts_with_all = ["list", "fresh", "flash", "tcp", "webrepl", "control", "with_parent"])]
    pub delete: bool,
}

/// Options of `belay completions`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_COMPLETIONS)]
pub struct Completions {
    /// The shell
    pub shell: Shell,
}

/// Options of `belay man`.
#[derive(Debug, Args)]
pub struct Man {
    /// The folder for the pages of all commands; without it, the page of belay goes to stdout
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
}

const AFTER_DEVICES: &str = "\
The one with a * (with --json: whose \"default\" is true) is used where no PORT is given: the one that
BELAY_DEVICE names, or else the only one on USB.";

const AFTER_EXEC: &str = "\
Examples:
  belay exec \"print('hello')\"
  belay exec /dev/ttyACM0 \"import machine; machine.Pin(25, machine.Pin.OUT).on()\"
  echo \"print('hello')\" | belay exec sim: -";

const AFTER_EVAL: &str = "\
Examples:
  belay eval \"2 ** 100\"
  belay eval /dev/ttyACM0 --json \"[1.5, None, b'ab']\"

With --json: None is null; bytes, arrays, tuples, sets and other sequences are arrays; dicts and
named tuples are objects, where a key that is no string is written as its repr; a range is an object
with start, stop and step; a complex number is an array of two numbers; Ellipsis is the string
\"Ellipsis\"; inf and nan are null. A value that has no literal is an error.";

const USAGE_OF_RUN: &str = "\
belay run [OPTIONS] [PORT] <SCRIPT> [ARGUMENT]...
       belay run [OPTIONS] <PROGRAM> [ARGUMENT]...";

const AFTER_RUN: &str = "\
Examples:
  belay run examples/blink.py
  belay run sim: examples/blink.py
  belay run /dev/ttyACM0 examples/blink.py 5
  belay run examples/blink.py -- --fast
  belay run micropython -m unittest

The script finds its arguments in sys.argv; those that begin with a dash come behind --. When it
calls input(), the next line of stdin is read and sent; at the end of stdin, input() raises
EOFError.

What comes first is a PROGRAM if it can be executed, has no name in .py and is no device. It runs on
this computer with MICROPYPATH set to the folders of the project's dependencies, of all groups.

Ctrl-C interrupts the script on the board. A script that goes on is interrupted again by the second
one, and the third leaves it running there.";

const AFTER_TERMINAL: &str = "\
Every key goes to the board, also ctrl-C (interrupt) and ctrl-D (restart the interpreter); ctrl-]
leaves, or the key that --exit-key names. What runs on the board is not disturbed by this.

If the input is no terminal, it is sent as it is and the command ends at its end, without waiting for
answers; the key that leaves is an ordinary character then.";

const AFTER_MOUNT: &str = "\
The folder is the board's working folder and the first place where it looks for modules: nothing of
it is copied to the board, and what changes here is seen there. It comes back when the board's
interpreter restarts and the board is at its prompt, and when a board that went away has come back.

Keys are as with belay terminal. A program that runs on when you leave waits forever when it asks
for the folder.

Examples:
  belay mount .
  belay mount /dev/ttyACM0 src --read-only
  belay run --mount src main.py";

const AFTER_MINIFY: &str = "\
Comments, docstrings and needless white space go. Names stay, every token stays on its line, and the
program does the same, except that __doc__ is None. With --verbose, stderr says how much was saved.

Examples:
  belay minify main.py > smaller.py
  belay minify --output build src/*.py
  belay minify --check --quiet src/*.py";

const AFTER_COMPLETIONS: &str = "\
Examples:
  belay completions bash > ~/.local/share/bash-completion/completions/belay
  belay completions zsh > ~/.zfunc/_belay      (with fpath+=~/.zfunc before compinit in ~/.zshrc)
  belay completions fish > ~/.config/fish/completions/belay.fish
  belay completions powershell >> $PROFILE";

const AFTER_REMOUNT: &str = "\
The commands of belay need no such line where they can take the drive from the computer or write
through it; belay info says so. Programs on the board that write do. What boot.py has is kept, and
the board is reset so that it runs.";

const AFTER_RESET: &str = "\
What runs on the board is interrupted, then the board starts anew and is left alone: boot.py and
main.py run. After all but --soft the port of a board with native USB goes away, and comes back a
moment later, perhaps under another name.";

#[cfg(all(unix, feature = "sim"))]
const AFTER_SIM: &str = "\
Prints the path of a pty that behaves as a board's serial port does, the addresses of --tcp and
--webrepl, and \"control ADDR\" with --control, each on its own line, then runs until Ctrl-C.
Every command takes sim: as PORT as well, which starts a board just for that command, or joins
the one that belay sim runs by that name.

The controls are for tests: they read pins, set inputs, attach I2C and SPI devices, press reset.
They take JSON, one request a line; docs/simulator.md tells which.

Examples:
  belay sim
  belay sim --baud 115200 --latency 2ms --tcp 127.0.0.1:4000
  belay sim --webrepl 127.0.0.1:8266
  belay sim test --fresh --control 127.0.0.1:0
  belay sim \"?baud=115200&latency=2ms\"
  belay sim --list
  belay sim test --delete";

impl Cli {
    /// Reads a command line. What stands behind a program that `belay run` starts is the program's.
    pub(crate) fn read(
        args: &[OsString],
        is_program: impl Fn(&OsStr) -> bool,
    ) -> Result<Self, clap::Error> {
        if args.iter().any(|arg| arg == "run") {
            let command = Self::command().mut_subcommand("run", |run| {
                run.mut_arg("operands", |operands| {
                    operands.trailing_var_arg(true).allow_hyphen_values(true)
                })
            });
            // What is wrong here is said below.
            let matches = command.try_get_matches_from(args);
            if let Ok(cli) = matches.and_then(|matches| Self::from_arg_matches(&matches))
                && let Command::Run(run) = &cli.command
                && run.operands.first().is_some_and(|first| is_program(first))
            {
                return Ok(cli);
            }
        }
        Self::try_parse_from(args)
    }

    fn after_help() -> String {
        let mut text = String::from(
            "PORT names a device:\n  \
             /dev/ttyACM0, COM3        A serial port\n  \
             {\"serial_number\": \"e66\"}  The one whose USB metadata match: vid, pid, serial_number,\n  \
             \x20                         manufacturer, product, location\n  \
             id:SERIAL                 The one with this serial number\n  \
             a0, u0, c0                /dev/ttyACM0, /dev/ttyUSB0, COM0; likewise other numbers\n  \
             tcp://HOST:PORT           A board on the network, also as socket://HOST:PORT; a bare IPv4\n  \
             \x20                         address is telnet\n  \
             rfc2217://HOST:PORT       A serial port behind a server such as ser2net\n  \
             ws://HOST[:8266]          WebREPL; wss:// over TLS\n  \
             http://HOST[:PORT]        The web workflow of CircuitPython\n  \
             exec:COMMAND              The standard input and output of a command\n  \
             pty:COMMAND               The terminal whose path a command prints\n  \
             sim:, sim:NAME?OPTIONS    A simulated board\n  \
             NAME                      What [tool.belay.devices] in pyproject.toml or [devices]\n  \
             \x20                         in belay/config.toml calls so\n\
             Without one, it is the device in BELAY_DEVICE, or else the only board plugged in.\n\n\
             Exit status:\n  \
             0  Done; a reader of the output that goes away is no failure\n  \
             1  The operation failed; an uncaught exception on the board counts as that\n  \
             2  Wrong usage or environment: no such board, flag or script\n  \
             n  The program on the board called sys.exit(n)\n\n\
             Environment variables:\n",
        );
        for variable in crate::env::ALL {
            let _ = writeln!(text, "  {:<18} {}", variable.name, variable.purpose);
        }
        text
    }
}

/// A time with its unit, by the rules of the same option behind `sim:`.
#[cfg(all(unix, feature = "sim"))]
fn latency(text: &str) -> Result<Duration, belay_sim::OptionsError> {
    let options: belay_sim::SimOptions = format!("?latency={text}").parse()?;
    Ok(options.latency)
}

/// A number of seconds that is a wait: above zero, a day at most.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "not a number of seconds".to_owned())?;
    if seconds > 0.0 && seconds <= 86_400.0 {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err("must be above 0 and at most 86400".to_owned())
    }
}
