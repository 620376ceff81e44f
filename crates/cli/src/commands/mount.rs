//! `belay mount`.

use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use belay_device::HostCalls;

use super::terminal::keys::{self, Keys, RawMode};
use super::terminal::{Screen, exchange};
use crate::Error;
use crate::args::Mount;
use crate::connection::{ByteStream, Session};
use crate::context::Context;
use crate::settings::{self, Port};

/// How a board at its prompt ends what it prints.
const PROMPT: &[u8] = b">>> ";
/// What a board says when its interpreter has restarted, by firmware.
const RESTARTS: [&[u8]; 2] = [b"soft reboot", b"Type \"help()\""];
/// How much of what was printed last is looked at.
const TAIL: usize = 256;
/// The pause between two attempts to find a board again, and how often the keys are looked at meanwhile.
const PAUSE: Duration = Duration::from_millis(500);
const TICK: Duration = Duration::from_millis(20);

/// Mounts a folder and passes keys to the board, until the key that leaves or the end of the input.
pub(crate) fn mount(args: &Mount, context: &Context) -> Result<u8, Error> {
    let operands = (args.port.as_ref(), args.folder.as_ref());
    let (port, folder) = settings::operands(&context.workspace, "mount", "FOLDER", operands)?;
    let mut screen = Screen::new(context, args.capture.as_deref())?;
    let session = Session::open(context, &port, args.reset)?;
    let mut mounted = Mounted::new(args, context, port, session, Path::new(&folder))?;
    let name = mounted.line()?.name().to_owned();
    let input = io::stdin();
    let Some(raw) = RawMode::of(&input).map_err(Error::Terminal)? else {
        mounted.talk(None, &mut screen)?;
        return mounted.leave().map(|()| 0);
    };
    context.printer.note(&format!(
        "{} is {} on {name}; {} leaves",
        Path::new(&folder).display(),
        args.at,
        keys::name(args.exit_key)
    ));
    let result = raw.during(|| mounted.talk(Some(args.exit_key), &mut screen));
    result.map_err(Error::Terminal)??;
    mounted.leave()?;
    context.printer.note(&format!("left {name}"));
    Ok(0)
}

/// A board with a folder.
struct Mounted<'a> {
    context: &'a Context,
    port: Port,
    host: HostCalls,
    mount: belay_mount::Mount,
    /// Nothing while there is a session.
    line: Option<ByteStream>,
    seen: Seen,
}

impl<'a> Mounted<'a> {
    fn new(
        args: &Mount,
        context: &'a Context,
        port: Port,
        mut session: Session,
        folder: &Path,
    ) -> Result<Self, Error> {
        let mount = session.mount(folder, &args.at, args.read_only)?;
        let host = session.host().clone();
        Ok(Self {
            context,
            port,
            host,
            mount,
            line: Some(session.into_stream()?),
            seen: Seen::at_the_prompt(),
        })
    }

    fn line(&mut self) -> Result<&mut ByteStream, Error> {
        self.line.as_mut().ok_or(Error::Interrupted)
    }

    /// Passes keys and output on, and mounts the folder again whenever the board has restarted or come back.
    fn talk(&mut self, exit_key: Option<u8>, screen: &mut Screen<'_>) -> Result<(), Error> {
        let mut ahead = Vec::new();
        'line: loop {
            let waker = self.line()?.waker();
            let keys = Keys::new(waker, exit_key).map_err(Error::Terminal)?;
            // The board is at its prompt, which has been taken from it.
            screen.show(PROMPT).map(drop)?;
            loop {
                let Self { line, seen, .. } = self;
                let line = line.as_mut().ok_or(Error::Interrupted)?;
                let talked = exchange(line, &keys, &mut ahead, &mut |bytes| {
                    screen.show(bytes).map(drop)?;
                    Ok(seen.see(bytes))
                });
                match talked {
                    Ok(true) => return Ok(()),
                    Ok(false) => self.renew()?,
                    Err(error @ Error::Link(_)) if exit_key.is_some() => {
                        let text = format!("\r\n{error}; waiting for the board\r\n");
                        screen.show(text.as_bytes()).map(drop)?;
                        if !self.wait_for_board(&keys) {
                            return Err(error);
                        }
                        ahead.clear();
                        continue 'line;
                    }
                    Err(error) => return Err(error),
                }
            }
        }
    }

    /// Mounts the folder on a board whose interpreter has restarted.
    fn renew(&mut self) -> Result<(), Error> {
        let line = self.line.take().ok_or(Error::Interrupted)?;
        let session = Session::over(self.context, line, false, self.host.clone())?;
        self.renew_in(session)
    }

    fn renew_in(&mut self, mut session: Session) -> Result<(), Error> {
        let renewed = self.mount.renew(&mut session.device);
        renewed.map_err(|error| session.mounting(error))?;
        self.line = Some(session.into_stream()?);
        self.seen = Seen::at_the_prompt();
        Ok(())
    }

    /// Tries to find the board again until it is there, or the user does not want it any more.
    fn wait_for_board(&mut self, keys: &Keys) -> bool {
        // The port must be closed before it can be opened again.
        drop(self.line.take());
        loop {
            let host = self.host.clone();
            let found = Session::with_host(self.context, &self.port, false, host)
                .and_then(|session| self.renew_in(session));
            if found.is_ok() {
                return true;
            }
            let next = Instant::now() + PAUSE;
            while Instant::now() < next {
                let interrupted = keys.receive().is_ok_and(|bytes| bytes.contains(&3));
                if keys.left() || interrupted {
                    return false;
                }
                sleep(TICK);
            }
        }
    }

    /// Takes the folder away from a board that is at its prompt. One that runs a program is left alone.
    fn leave(mut self) -> Result<(), Error> {
        if !self.seen.is_at_prompt() {
            return Ok(());
        }
        let line = self.line.take().ok_or(Error::Interrupted)?;
        let mut session = Session::over(self.context, line, false, self.host.clone())?;
        let unmounted = self.mount.unmount(&mut session.device);
        unmounted.map_err(|error| session.mounting(error))?;
        session.leave(self.context);
        Ok(())
    }
}

/// What a board has printed last.
struct Seen {
    tail: Vec<u8>,
    restarted: bool,
}

impl Seen {
    fn at_the_prompt() -> Self {
        Self {
            tail: PROMPT.to_vec(),
            restarted: false,
        }
    }

    /// Breaks if the board has restarted and is at its prompt.
    fn see(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        self.tail.extend(bytes);
        let contains = |text: &[u8]| self.tail.windows(text.len()).any(|part| part == text);
        self.restarted |= RESTARTS.iter().any(|text| contains(text));
        let extra = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..extra);
        if self.restarted && self.is_at_prompt() {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    fn is_at_prompt(&self) -> bool {
        self.tail.ends_with(PROMPT)
    }
}
