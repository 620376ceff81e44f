//! Functions that live on the board and are called from the host.

mod generator;
mod setup;

use std::io::Write;

use belay_pylit::Value;
use serde::de::DeserializeOwned;

pub use generator::{Generator, Values};
pub(crate) use setup::Prepared;

use crate::arguments::{Arguments, IntoArguments};
use crate::board_code::{DEFINE, prepare};
use crate::reconnect::Entry;
use crate::{Device, Error, Source};

/// A function on the board.
///
/// It is a name, and costs nothing to clone or drop. It stays on the board until the interpreter
/// restarts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Task {
    name: String,
}

impl Task {
    /// The function's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Calls the function and gives its result. Takes one round trip.
    ///
    /// # Errors
    /// As [`Device::eval`]; [`Error::Gone`] if the board's interpreter has restarted since the
    /// function was sent.
    pub fn call<T: DeserializeOwned>(
        &self,
        device: &mut Device,
        arguments: impl IntoArguments,
    ) -> Result<T, Error> {
        let (call, _held) = self.expression(device, arguments)?;
        device.eval(&call)
    }

    /// As [`call`](Self::call), with the function's output written to `output`.
    pub fn call_to<T: DeserializeOwned>(
        &self,
        device: &mut Device,
        arguments: impl IntoArguments,
        output: &mut dyn Write,
    ) -> Result<T, Error> {
        let (call, _held) = self.expression(device, arguments)?;
        device.eval_to(&call, output)
    }

    /// The call as a Python expression, for a [`Batch`](crate::Batch). Objects among the arguments
    /// must be held until it has been sent.
    ///
    /// # Errors
    /// [`Error::Argument`] or [`Error::NotSendable`] for arguments that have no literal.
    pub fn invocation(&self, arguments: impl IntoArguments) -> Result<String, Error> {
        Ok(format!(
            "{}({})",
            self.name,
            arguments.into_arguments()?.text()
        ))
    }

    /// Calls a generator function. Takes no round trip: the generator is made when the first value
    /// is asked for.
    pub fn generate(
        &self,
        device: &mut Device,
        arguments: impl IntoArguments,
    ) -> Result<Generator, Error> {
        let (call, held) = self.expression(device, arguments)?;
        Ok(Generator::new(device, call, held))
    }

    /// Starts the function in a thread of the board, and comes back at once.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the board has no threads.
    pub fn spawn(&self, device: &mut Device, arguments: impl IntoArguments) -> Result<(), Error> {
        self.check(device)?;
        let arguments = arguments.into_arguments()?;
        arguments.check(device)?;
        let code = format!(
            "__import__('_thread').start_new_thread({},{})",
            self.name,
            arguments.packed()
        );
        match device.exec(&code) {
            Err(Error::Exception(exception))
                if exception.kind == "ImportError"
                    && exception.frames.iter().all(|frame| frame.file == "<stdin>") =>
            {
                Err(Error::Unavailable { feature: "_thread" })
            }
            other => other,
        }
    }

    /// The call, and its arguments, which are kept until it has been sent.
    pub(crate) fn expression(
        &self,
        device: &mut Device,
        arguments: impl IntoArguments,
    ) -> Result<(String, Arguments), Error> {
        self.check(device)?;
        let arguments = arguments.into_arguments()?;
        arguments.check(device)?;
        Ok((format!("{}({})", self.name, arguments.text()), arguments))
    }

    fn check(&self, device: &mut Device) -> Result<(), Error> {
        device.ready()?;
        if device.session.defined.contains(&self.name) {
            return Ok(());
        }
        Err(Error::Gone {
            what: self.name.clone(),
        })
    }
}

impl Device {
    /// Sends the text of one function, and gives a handle with which to call it.
    ///
    /// Takes one round trip, or more for a long text; a call then sends only the call.
    ///
    /// ```no_run
    /// # fn read(device: &mut belay_device::Device) -> Result<(), belay_device::Error> {
    /// let add = device.task("def add(a, b):\n    return a + b\n")?;
    /// let sum: i32 = add.call(device, (1, 2))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::OneFunction`] if the text does not define exactly one function at its outermost
    /// level, [`Error::ReservedName`] for a name that is not the caller's to give, and
    /// [`Error::Exception`] for what the board does not compile.
    pub fn task(&mut self, source: impl Into<Source>) -> Result<Task, Error> {
        let source = source.into();
        let functions = source.functions()?;
        let [name] = functions.as_slice() else {
            return Err(Error::OneFunction {
                found: functions.len(),
            });
        };
        let name = name.clone();
        self.define_recorded(&source)?;
        Ok(Task { name })
    }

    /// Sends a text that defines functions, and gives a handle for each of them, in order.
    ///
    /// # Errors
    /// As [`task`](Self::task), for any number of functions.
    pub fn tasks(&mut self, source: impl Into<Source>) -> Result<Vec<Task>, Error> {
        self.define_recorded(&source.into())
    }

    fn define_recorded(&mut self, source: &Source) -> Result<Vec<Task>, Error> {
        self.admit()?;
        let tasks = self.define(source)?;
        self.record(|| Entry::Define(source.clone()));
        Ok(tasks)
    }

    pub(crate) fn define(&mut self, source: &Source) -> Result<Vec<Task>, Error> {
        let names = source.functions()?;
        self.run_source(source, "")?;
        self.session.defined.extend(names.iter().cloned());
        Ok(names.into_iter().map(|name| Task { name }).collect())
    }

    /// Runs text of the host in the board's global name space, behind `before`, whole lines.
    pub(crate) fn run_source(&mut self, source: &Source, before: &str) -> Result<(), Error> {
        self.ready()?;
        let code = source.code();
        self.check_size(code.len())?;
        self.session.sources.insert(source.clone());
        let mut text = Value::Str(code).to_string();
        if source.line > 1 {
            text = format!("'\\n'*{}+{text}", source.line - 1);
        }
        let name = Value::Str(source.file.clone()).to_string();
        let values = [("$NAME", &*name), ("$SOURCE", &*text)];
        let code = format!("{before}{}", prepare(DEFINE, &values));
        match self.statements(&code) {
            Err(Error::Exception(mut exception)) => {
                // Firmware without `compile` calls the text so.
                for frame in &mut exception.frames {
                    if frame.file == "<string>" {
                        frame.file.clone_from(&source.file);
                    }
                }
                self.session.sources.locate(&mut exception);
                Err(Error::Exception(exception))
            }
            other => other,
        }
    }
}
