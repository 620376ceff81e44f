//! From the name of a device to a session with it, and back.

use std::ffi::OsString;
use std::path::Path;
use std::time::Instant;

use belay_deploy::{Access, WriteAccess};
use belay_device::{ConnectOptions, Device, HostCalls, Reboot};
use belay_mount::{Limits, Mount, MountOptions};
use belay_transport::{
    Cancel, OpenOptions, Specifier, Transport, Waker, list_ports, only_board, open,
};

use crate::args::Mounted;
use crate::context::Context;
use crate::password;
use crate::printer::Printer;
use crate::settings::{Port, on_board};
use crate::simulated::Simulated;
use crate::{Error, env};

/// A session for the time of one command.
pub(crate) struct Session {
    pub(crate) device: Device,
    /// What code on the board may call here.
    host: HostCalls,
    port: String,
    cancel: Cancel,
    /// The board, where it lives in this process: it ends with the session.
    simulated: Option<Simulated>,
    /// What code on the board has been allowed, until the session ends.
    access: WriteAccess,
    printer: Printer,
}

/// Connects, does `work`, and leaves the board at its friendly prompt, also when the work failed.
pub(crate) fn with_session<T>(
    context: &Context,
    port: &Port,
    reset: bool,
    work: impl FnOnce(&mut Session) -> Result<T, Error>,
) -> Result<T, Error> {
    with_session_until(context, port, reset, work, |session, result| {
        session.leave(context);
        Ok(result)
    })
}

/// Does `work` for paths on the board, of which there is at least one.
pub(crate) fn with_paths<T>(
    command: &'static str,
    operands: &[OsString],
    context: &Context,
    work: impl FnOnce(&mut Session, &[belay_deploy::BoardPath]) -> Result<T, Error>,
) -> Result<T, Error> {
    let (port, paths) = on_board(&context.workspace, operands)?;
    if paths.is_empty() {
        return Err(Error::MissingArgument {
            command,
            argument: ":PATH",
        });
    }
    with_session(context, &port, false, |session| work(session, &paths))
}

/// Connects and does `work`; then `end` has the session and leaves the board in its own way. When the
/// work failed, the board is left at its friendly prompt.
pub(crate) fn with_session_until<T, U>(
    context: &Context,
    port: &Port,
    reset: bool,
    work: impl FnOnce(&mut Session) -> Result<T, Error>,
    end: impl FnOnce(Session, T) -> Result<U, Error>,
) -> Result<U, Error> {
    let mut session = Session::open(context, port, reset)?;
    context.interrupts.to_program(session.device.interrupter());
    let result = work(&mut session);
    context.interrupts.to_connection(&session.cancel);
    match result {
        Ok(result) => end(session, result),
        Err(error) => {
            // What went wrong first is what counts.
            let _ = session.close();
            Err(error)
        }
    }
}

/// The bare byte stream to a device, for the time of one command.
pub(crate) struct ByteStream {
    transport: Box<dyn Transport>,
    name: String,
    cancel: Cancel,
    /// The board, where it lives in this process: it ends with the line.
    simulated: Option<Simulated>,
}

impl ByteStream {
    /// Opens the device and sends nothing. Ctrl-C ends what waits for it from now on.
    pub(crate) fn open(context: &Context, port: &Port) -> Result<Self, Error> {
        let printer = &context.printer;
        let specifier = match port {
            Port::Named(specifier) => specifier.clone(),
            Port::OnlyBoard => {
                printer.step("no device is named: looking for a board that is plugged in");
                let ports = list_ports().map_err(Error::NoDevice)?;
                Specifier::Serial(only_board(&ports).map_err(Error::NoDevice)?.path.clone())
            }
        };
        let name = specifier.to_string();
        printer.step(&format!("opening {name}"));
        let cancel = Cancel::default();
        let (transport, simulated) = open_transport(context, &specifier, &cancel)?;
        Ok(Self {
            transport: Box::new(cancel.guard(transport)),
            name,
            cancel,
            simulated,
        })
    }

    /// Reads as [`Transport::read`] does.
    pub(crate) fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, Error> {
        let result = self.transport.read(buffer, deadline);
        result.map_err(|source| self.error(source))
    }

    /// Writes as [`Transport::write`] does.
    pub(crate) fn write(&mut self, bytes: &[u8], deadline: Instant) -> Result<usize, Error> {
        let result = self.transport.write(bytes, deadline);
        result.map_err(|source| self.error(source))
    }

    /// The stream itself. A board that lives in this process ends with what comes beside.
    pub(crate) fn into_parts(self) -> (Box<dyn Transport>, Option<Simulated>) {
        (self.transport, self.simulated)
    }

    /// What ends a wait of [`read`](Self::read).
    pub(crate) fn waker(&self) -> Waker {
        self.transport.waker()
    }

    /// The device as the user names it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    fn error(&self, source: belay_transport::Error) -> Error {
        if self.cancel.is_cancelled() {
            Error::Interrupted
        } else {
            Error::Link(source)
        }
    }
}

impl Session {
    pub(crate) fn open(context: &Context, port: &Port, reset: bool) -> Result<Self, Error> {
        Self::with_host(context, port, reset, HostCalls::default())
    }

    /// As [`open`](Self::open); the board calls what others may have called before.
    pub(crate) fn with_host(
        context: &Context,
        port: &Port,
        reset: bool,
        host: HostCalls,
    ) -> Result<Self, Error> {
        let mut stream = ByteStream::open(context, port)?;
        stream.transport = host.attach(stream.transport);
        Self::over(context, stream, reset, host)
    }

    /// Takes over the board at the other end of a stream that goes through `host`.
    pub(crate) fn over(
        context: &Context,
        stream: ByteStream,
        reset: bool,
        host: HostCalls,
    ) -> Result<Self, Error> {
        let Context {
            settings, printer, ..
        } = context;
        let ByteStream {
            transport,
            name,
            cancel,
            simulated,
        } = stream;
        let limit = settings.timeout;
        let restart = if reset {
            " and restarting its interpreter"
        } else {
            ""
        };
        printer.step(&format!(
            "connecting{restart}, for up to {} s",
            limit.as_secs_f64()
        ));
        // Whoever names a speed means a line, behind whatever file it is.
        let may_damage =
            settings.baud.is_some() || simulated.as_ref().is_some_and(Simulated::may_damage);
        let options = ConnectOptions {
            reset,
            timeout: limit,
            checked: settings.checked.or(may_damage.then_some(true)),
            ..ConnectOptions::default()
        };
        let mut device = Device::connect(transport, options).map_err(|source| {
            if cancel.is_cancelled() {
                return Error::Interrupted;
            }
            Error::Connect {
                port: name.clone(),
                source,
            }
        })?;
        device.set_output(printer.output());
        printer.step("connected");
        Ok(Self {
            device,
            host,
            port: name,
            cancel,
            simulated,
            access: WriteAccess::new(env::BELAY_DRIVE.value().map_or_else(Vec::new, |folders| {
                std::env::split_paths(&folders).collect()
            })),
            printer: printer.clone(),
        })
    }

    /// The device as the user names it.
    pub(crate) fn port(&self) -> &str {
        &self.port
    }

    /// What each pin of a simulated board did, a line for each change.
    #[cfg(all(unix, feature = "sim"))]
    pub(crate) fn pin_history(&self) -> Result<Vec<String>, Error> {
        let simulated = self.simulated.as_ref();
        let lines = simulated.and_then(Simulated::pin_history);
        lines.ok_or_else(|| Error::NoPins {
            port: self.port.clone(),
        })
    }

    /// The session without what this command has around it, and the board, where it lives in this process.
    pub(crate) fn into_device(mut self) -> (Device, Option<Simulated>) {
        self.give_back();
        (self.device, self.simulated)
    }

    /// What a failed call means for the user.
    pub(crate) fn error(&self, source: belay_device::Error) -> Error {
        match source {
            belay_device::Error::Output(error) => Error::Output(error),
            belay_device::Error::Exception(exception) => Error::Raised {
                exception,
                script: None,
            },
            source => Error::Call {
                port: self.port.clone(),
                simulated: self.simulated.is_some(),
                source,
            },
        }
    }

    /// Does `work` while the board has a folder of this computer, if one is named.
    pub(crate) fn with_mount<T>(
        &mut self,
        args: &Mounted,
        work: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let Some(folder) = &args.folder else {
            return work(self);
        };
        let mount = self.mount(folder, &args.at, args.read_only)?;
        let result = work(self);
        if let Err(error) = mount.unmount(&mut self.device)
            && result.is_ok()
        {
            let at = mount.at();
            self.printer.note(&format!(
                "the board still has {at}, which nobody answers for: {error}"
            ));
        }
        result
    }

    /// Gives the board a folder of this computer.
    pub(crate) fn mount(
        &mut self,
        folder: &Path,
        at: &str,
        read_only: bool,
    ) -> Result<Mount, Error> {
        let options = MountOptions {
            at: at.to_owned(),
            limits: Limits {
                read_only,
                ..Limits::default()
            },
        };
        let mount = Mount::new(&mut self.device, &self.host, folder, options);
        mount.map_err(|error| self.mounting(error))
    }

    /// What it means that a folder was not mounted.
    pub(crate) fn mounting(&self, error: belay_mount::Error) -> Error {
        match error {
            belay_mount::Error::Device(error) => self.error(error),
            error => Error::Mount(error),
        }
    }

    /// Does `work` with files. Where a board with CircuitPython takes no changes, it is made to take them, if that
    /// can be, until the session ends, and `work` is done again.
    pub(crate) fn deploy<T>(
        &mut self,
        mut work: impl FnMut(&mut Device) -> Result<T, belay_deploy::Error>,
    ) -> Result<T, Error> {
        use belay_deploy::Error::{Apply, Device, Plan};
        let printer = &self.printer;
        let mut tell = |step: &str| printer.step(step);
        let result = self.access.during(&mut self.device, &mut tell, &mut work);
        result.map_err(|error| match error {
            Device(error) => self.error(error),
            error => Error::Deploy {
                port: matches!(error, Apply(_) | Plan(_)).then(|| self.port.clone()),
                source: Box::new(error),
            },
        })
    }

    /// How files get onto the board, if its firmware has a drive. What a command that was killed has left is
    /// taken back first.
    pub(crate) fn access(&mut self) -> Result<Option<Access>, Error> {
        let put_right = self.access.give_back(&mut self.device);
        let access = put_right.and_then(|()| self.access.way(&mut self.device));
        access.map_err(|error| self.error(error))
    }

    /// Gives the board's drive back to the computer, also what a command has left that was killed.
    pub(crate) fn give_back(&mut self) {
        if let Err(error) = self.access.give_back(&mut self.device) {
            self.printer.warn(&format!(
                "the board keeps its drive from the computer until it is reset: {error}"
            ));
        }
    }

    /// Restarts the board and ends the session.
    pub(crate) fn reboot(mut self, reboot: Reboot) -> Result<(), Error> {
        self.give_back();
        let Self {
            device,
            port,
            cancel,
            simulated,
            ..
        } = self;
        device.reboot(reboot).map_err(|source| match source {
            _ if cancel.is_cancelled() => Error::Interrupted,
            belay_device::Error::Exception(exception) => Error::Reboot {
                port,
                reboot,
                exception,
            },
            source => Error::Call {
                port,
                simulated: simulated.is_some(),
                source,
            },
        })
    }

    /// Leaves the board as it was found: CircuitPython's code runs again if it ran before, and others are at
    /// their friendly prompt. That this fails is worth a note and no more.
    pub(crate) fn leave_running(self, context: &Context) {
        if !self.device.has_left_code() {
            return self.leave(context);
        }
        if let Err(error) = self.reboot(Reboot::Soft) {
            context
                .printer
                .note(&format!("the board's code was not started again: {error}"));
        }
    }

    /// Leaves the board at its friendly prompt. That this fails is worth a note and no more.
    pub(crate) fn leave(self, context: &Context) {
        if let Err(error) = self.close() {
            context
                .printer
                .note(&format!("the board was not left at its prompt: {error}"));
        }
    }

    /// Leaves the board at its friendly prompt, and gives the bare byte stream to it.
    pub(crate) fn into_stream(mut self) -> Result<ByteStream, Error> {
        self.give_back();
        let Self {
            device,
            port,
            cancel,
            simulated,
            ..
        } = self;
        match device.close() {
            Ok(transport) => Ok(ByteStream {
                transport,
                name: port,
                cancel,
                simulated,
            }),
            Err(source) => Err(Error::Call {
                port,
                simulated: simulated.is_some(),
                source,
            }),
        }
    }

    /// What code on the board may call here.
    pub(crate) fn host(&self) -> &HostCalls {
        &self.host
    }

    fn close(mut self) -> Result<(), belay_device::Error> {
        self.give_back();
        self.device.hang_up()
    }
}

/// Opens the device. Ctrl-C goes to `cancel` meanwhile and afterwards, so that a command or a board
/// that has begun to start is not left behind.
fn open_transport(
    context: &Context,
    specifier: &Specifier,
    cancel: &Cancel,
) -> Result<(Box<dyn Transport>, Option<Simulated>), Error> {
    context.interrupts.to_connection(cancel);
    let mut options = OpenOptions {
        cancel: cancel.clone(),
        ..context.settings.open_options()
    };
    let mut open = |specifier: &Specifier, password: Option<String>| {
        options.password = password.or(options.password.take());
        let mut result = open(specifier, &options);
        if let Err(belay_transport::Error::PasswordRequired { port }) = &result
            && let Some(password) = password::ask(port, cancel)
        {
            options.password = Some(password);
            result = open(specifier, &options);
        }
        result.map_err(|error| match error {
            belay_transport::Error::Cancelled { .. } => Error::Interrupted,
            error => Error::Open(error),
        })
    };
    match specifier {
        // The settings have put the device in the place of its name.
        Specifier::Name(name) => Err(Error::UnknownName {
            name: name.clone(),
            known: Vec::new(),
            misspelt: None,
        }),
        Specifier::Sim(text) => {
            let simulated = Simulated::start(context, text).map_err(|error| {
                // Ctrl-C at a terminal goes to the board's interpreter too.
                if cancel.is_cancelled() {
                    Error::Interrupted
                } else {
                    error
                }
            })?;
            let transport = if let Some((address, password)) = simulated.webrepl() {
                let specifier = Specifier::WebRepl {
                    secure: false,
                    host: address.ip().to_string(),
                    port: address.port(),
                    path: String::new(),
                };
                open(&specifier, Some(password.to_owned()))?
            } else {
                open(&Specifier::Serial(simulated.path().to_owned()), None)?
            };
            Ok((transport, Some(simulated)))
        }
        Specifier::WebRepl { .. } | Specifier::WebWorkflow { .. }
            if context.settings.password.is_none() =>
        {
            let names = context.workspace.names()?;
            let variable = names.password_variable(specifier);
            let password = variable.and_then(|variable| std::env::var(variable).ok());
            Ok((open(specifier, password)?, None))
        }
        other => Ok((open(other, None)?, None)),
    }
}
