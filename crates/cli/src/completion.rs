//! What a shell offers when a command line is completed.
//!
//! The shell calls `belay` with the words typed so far and `COMPLETE` set to its name; the scripts that
//! `belay completions` writes do that.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use belay_pkgmgr::Config;
use belay_sync::{EntryKind, RemotePath};
use belay_transport::list_ports;
use clap::builder::StyledStr;
use clap::{Arg, Command, CommandFactory as _};
use clap_complete::engine::{
    ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter as _,
};
use clap_complete::env::{EnvCompleter, Shells};
use clap_complete::{CompleteEnv, Shell};

use crate::args::Cli;
use crate::connection::with_session;
use crate::context::Context;
use crate::interrupts::Interrupts;
use crate::printer::Printer;
use crate::settings::{self, Names, Port, Settings, Verbosity};
use crate::workspace::Workspace;

/// The variable that says for which shell words are completed.
const VARIABLE: &str = "COMPLETE";
/// The name that is completed.
const NAME: &str = "belay";
/// How long a board may take to answer while somebody waits for a word.
const PATIENCE: Duration = Duration::from_secs(3);

/// Answers a shell that asks for words, and then ends this process.
pub(crate) fn answer() {
    CompleteEnv::with_factory(|| attach(Cli::command()))
        .shells(Shells(&[
            &Bash,
            &clap_complete::env::Elvish,
            &clap_complete::env::Fish,
            &clap_complete::env::Powershell,
            &clap_complete::env::Zsh,
        ]))
        .complete();
}

/// The script that makes a shell ask.
pub(crate) fn script(shell: Shell, buffer: &mut Vec<u8>) -> io::Result<()> {
    let shells = Shells::builtins();
    match shells.completer(&shell.to_string()) {
        _ if shell == Shell::Bash => Bash.write_registration(VARIABLE, NAME, NAME, NAME, buffer),
        Some(shell) => shell.write_registration(VARIABLE, NAME, NAME, NAME, buffer),
        None => Err(io::ErrorKind::Unsupported.into()),
    }
}

/// Gives the arguments of a command, and of those below it, what they are completed with.
fn attach(command: Command) -> Command {
    let name = command.get_name().to_owned();
    let complete = |arg: Arg| match (name.as_str(), arg.get_id().as_str()) {
        (_, "port" | "devices") => arg.add(ArgValueCompleter::new(devices)),
        ("run" | "cp", "operands") => arg.add(ArgValueCompleter::new(|current: &OsStr| {
            on_board(current).unwrap_or_else(|| {
                let mut found = devices(current);
                found.extend(PathCompleter::any().complete(current));
                found
            })
        })),
        (_, "operands") => arg.add(ArgValueCompleter::new(|current: &OsStr| {
            on_board(current).unwrap_or_else(|| devices(current))
        })),
        ("remove" | "update", "names") => arg.add(ArgValueCompleter::new(dependencies)),
        (_, "group" | "with") => arg.add(ArgValueCompleter::new(groups)),
        _ => arg,
    };
    command.mut_args(complete).mut_subcommands(attach)
}

/// The devices whose names begin with what is typed.
fn devices(current: &OsStr) -> Vec<CompletionCandidate> {
    let ports = list_ports().unwrap_or_default().into_iter().map(|port| {
        let product = port.usb.and_then(|usb| usb.product);
        (
            port.path,
            product.unwrap_or_else(|| "a serial port".to_owned()),
        )
    });
    let workspace = Workspace::default();
    let names = workspace.names().into_iter().flat_map(Names::all);
    let names = names.map(|(name, device)| (name.to_owned(), device.to_owned()));
    offered(names.chain(ports).chain(simulated()), current)
}

/// The simulated boards: the one without a name, and those that there are.
#[cfg(all(unix, feature = "sim"))]
fn simulated() -> Vec<(String, String)> {
    let mut boards = vec![("sim:".to_owned(), "a simulated board".to_owned())];
    let named = belay_sim::NamedBoard::all().unwrap_or_default();
    let named = named.into_iter().filter(|board| board.name != "default");
    boards.extend(named.map(|board| {
        let what = match board.running {
            Some(running) => format!("a simulated board, in process {}", running.process),
            None => "a simulated board".to_owned(),
        };
        (format!("sim:{}", board.name), what)
    }));
    boards
}

#[cfg(not(all(unix, feature = "sim")))]
fn simulated() -> Vec<(String, String)> {
    Vec::new()
}

/// The dependencies of the project.
fn dependencies(current: &OsStr) -> Vec<CompletionCandidate> {
    let config = config().unwrap_or_default();
    let names = config.dependencies().map(|(group, dependency)| {
        (
            dependency.name.as_str().to_owned(),
            format!("in {}", group.name),
        )
    });
    offered(names, current)
}

/// The groups of the project's dependencies.
fn groups(current: &OsStr) -> Vec<CompletionCandidate> {
    let config = config().unwrap_or_default();
    let groups = config.groups.iter().map(|group| {
        let count = group.dependencies.len();
        (group.name.clone(), format!("{count} dependencies"))
    });
    offered(groups, current)
}

fn config() -> Option<Arc<Config>> {
    Workspace::default().project().ok()?.config().ok()
}

/// What is at the place on the board of which `current` is the beginning; `None` if it is none.
fn on_board(current: &OsStr) -> Option<Vec<CompletionCandidate>> {
    let typed = current.to_str()?.strip_prefix(':')?;
    let (folder, name) = typed.rsplit_once('/').unwrap_or(("", typed));
    let shown = &typed[..typed.len() - name.len()];
    Some(list(folder).map_or_else(Vec::new, |entries| {
        let entries = entries
            .into_iter()
            .filter(|(found, _)| found.starts_with(name));
        entries
            .map(|(found, kind)| {
                let slash = if kind == EntryKind::Folder { "/" } else { "" };
                CompletionCandidate::new(format!(":{shown}{found}{slash}"))
            })
            .collect()
    }))
}

/// What a folder holds on the board that the command line names.
fn list(folder: &str) -> Option<Vec<(String, EntryKind)>> {
    let folder = RemotePath::new(folder).ok()?;
    let workspace = Workspace::default();
    let words: Vec<OsString> = std::env::args_os()
        .skip_while(|word| word != "--")
        .collect();
    let device = words.iter().skip(2).find(|word| {
        !word.as_encoded_bytes().starts_with(b":") && settings::is_device(&workspace, word)
    });
    let port = Port::new(&workspace, device).ok()?;
    let printer = Printer::new(Verbosity::Quiet, false);
    let context = Context {
        settings: Settings {
            timeout: PATIENCE,
            baud: None,
            password: None,
            checked: None,
            verbosity: Verbosity::Quiet,
            color: false,
        },
        workspace,
        interrupts: Interrupts::new(printer.clone()),
        printer,
    };
    let entries = with_session(&context, &port, false, |session| {
        let entries = session.device.files().list(folder.as_str());
        entries.map_err(|error| session.error(error))
    });
    let entries = entries.ok()?.into_iter();
    Some(
        entries
            .filter_map(|entry| Some((entry.path.name()?.to_owned(), entry.kind)))
            .collect(),
    )
}

/// Words with what they are, as far as they begin with `current`.
fn offered(
    words: impl IntoIterator<Item = (String, String)>,
    current: &OsStr,
) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    let words = words
        .into_iter()
        .filter(|(word, _)| word.starts_with(&*current));
    words
        .map(|(word, help)| CompletionCandidate::new(word).help(Some(StyledStr::from(help))))
        .collect()
}

/// Bash takes words apart at colons and equals signs, which stand in the names of devices and in paths
/// on the board.
struct Bash;

impl EnvCompleter for Bash {
    fn name(&self) -> &'static str {
        "bash"
    }

    fn is(&self, name: &str) -> bool {
        name == self.name()
    }

    fn write_registration(
        &self,
        var: &str,
        _: &str,
        bin: &str,
        completer: &str,
        buf: &mut dyn io::Write,
    ) -> io::Result<()> {
        let script = include_str!("completion/bash.sh");
        let script = script.replace("BELAY", completer).replace("BIN", bin);
        buf.write_all(script.replace("VARIABLE", var).as_bytes())
    }

    fn write_complete(
        &self,
        cmd: &mut Command,
        args: Vec<OsString>,
        current_dir: Option<&Path>,
        buf: &mut dyn io::Write,
    ) -> io::Result<()> {
        clap_complete::env::Bash.write_complete(cmd, args, current_dir, buf)
    }
}
