//! `belay sim`.

use std::os::unix::process::parent_id;
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use belay_sim::{Board, ControlServer, SimOptions};

use crate::Error;
use crate::args::Sim;
use crate::context::Context;
use crate::password::Password;
use crate::simulated::{delete, list, parse, path};

/// How often the board is asked whether it has stopped by itself, and the system whether the parent
/// is still there.
const LOOK: Duration = Duration::from_millis(250);

/// Starts a board and keeps it until ctrl-C.
pub(crate) fn sim(args: &Sim, context: &Context) -> Result<u8, Error> {
    if args.list {
        list(context, args.json)?;
        return Ok(0);
    }
    if args.delete {
        delete(context, plain(&args.board))?;
        return Ok(0);
    }
    let parent = args.with_parent.then(parent_id);
    let stop = context.interrupts.to_waiter();
    let mut builder = options(args, context)?.builder()?.shared();
    if let Some(address) = args.tcp {
        builder = builder.tcp(address)?;
    }
    if let Some(address) = args.webrepl {
        let password = context.settings.password.as_ref();
        builder = builder.webrepl(address, password.map_or("", Password::reveal))?;
    }
    context.printer.step("starting a simulated board");
    let board = Arc::new(builder.start()?);
    // Commands that join the board ask here what it does; they can do without.
    let _shared = ControlServer::beside(&board)
        .inspect_err(|error| context.printer.step(&error.to_string()))
        .ok();
    let control = args.control.as_ref();
    let control = control.map(|address| ControlServer::start(&board, address));
    let control = control.transpose()?;
    announce(&board, control.as_ref(), context)?;
    while let Err(RecvTimeoutError::Timeout) = stop.recv_timeout(LOOK) {
        if let Some(reason) = board.failure() {
            return Err(belay_sim::Error::Stopped { reason }.into());
        }
        if parent.is_some_and(|parent| parent != parent_id()) {
            context.printer.step("the parent process has ended");
            break;
        }
    }
    Ok(0)
}

/// What the board is to be like: the options in its name, and over them those of their own.
fn options(args: &Sim, context: &Context) -> Result<SimOptions, Error> {
    let mut options = parse(plain(&args.board))?;
    options.fresh |= args.fresh;
    options.baud = context.settings.baud.or(options.baud);
    if let Some(flash) = &args.flash {
        options.flash = Some(flash.clone());
    }
    if let Some(latency) = args.latency {
        options.latency = latency;
    }
    if let Some(bytes) = args.input_buffer {
        options.input_buffer = Some(bytes);
    }
    Ok(options)
}

/// The name and options of a board, with or without `sim:`.
fn plain(board: &str) -> &str {
    board.strip_prefix("sim:").unwrap_or(board)
}

/// Data on stdout, one item on each line, for scripts; on stderr what to do with it.
fn announce(
    board: &Board,
    control: Option<&ControlServer>,
    context: &Context,
) -> Result<(), Error> {
    let path = path(board);
    context.printer.line(&path)?;
    if let Some(address) = board.tcp_address() {
        context.printer.line(&format!("tcp://{address}"))?;
    }
    if let Some(address) = board.web_address() {
        context.printer.line(&format!("http://{address}"))?;
    }
    if let Some(address) = board.webrepl_address() {
        context.printer.line(&format!("ws://{address}"))?;
    }
    if let Some(control) = control {
        let address = control.address();
        context.printer.line(&format!("control {address}"))?;
    }
    context.printer.note(&format!(
        "a simulated board is at {path}, until ctrl-C; try:\n  belay exec {path} \"print('hello')\"\n  \
         belay info {path}"
    ));
    Ok(())
}
