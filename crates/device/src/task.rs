//! Functions that live on the board and are called from the host.

mod generator;
mod setup;

use serde::de::DeserializeOwned;

pub use generator::{Generator, Values};

use crate::arguments::{Arguments, IntoArguments};
use crate::board_code::{DEFINE, prepare};
use crate::call::{CallOptions, Code};
use crate::{Device, Error, Object, Source, Timed};

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

    /// As [`call`](Self::call), with options of its own.
    ///
    /// # Errors
    /// As [`call`](Self::call) and [`Device::exec_with`].
    pub fn call_with<T: DeserializeOwned>(
        &self,
        device: &mut Device,
        arguments: impl IntoArguments,
        options: CallOptions<'_>,
    ) -> Result<T, Error> {
        let (call, _held) = self.expression(device, arguments)?;
        device.eval_with(&call, options)
    }

    /// As [`call`](Self::call), for a function whose result may be an object that has no literal or
    /// should stay on the board.
    ///
    /// # Errors
    /// As [`Device::object`]; [`Error::Gone`] as for [`call`](Self::call).
    pub fn call_object(
        &self,
        device: &mut Device,
        arguments: impl IntoArguments,
    ) -> Result<Object, Error> {
        let (call, _held) = self.expression(device, arguments)?;
        device.object(&call)
    }

    /// Calls the function, and tells when the board had its result. Takes one round trip.
    ///
    /// # Errors
    /// As [`call`](Self::call) and [`Device::eval_timed`].
    pub fn call_timed<T: DeserializeOwned>(
        &self,
        device: &mut Device,
        arguments: impl IntoArguments,
    ) -> Result<Timed<T>, Error> {
        let (call, _held) = self.expression(device, arguments)?;
        device.eval_timed(&call)
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
    ///
    /// ```no_run
    /// # fn read(device: &mut belay_device::Device) -> Result<(), belay_device::Error> {
    /// let count = device.task("def count(to):\n    for n in range(to):\n        yield n\n")?;
    /// for n in count.generate(device, (100,))?.iter::<u32>(device).prefetch(20) {
    ///     println!("{}", n?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Gone`] as for [`call`](Self::call); [`Error::Argument`] or [`Error::NotSendable`] for arguments
    /// that have no literal.
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
            "_belay_b.__import__('_thread').start_new_thread({},{})",
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

    /// Sends the one of several definitions of a function that is meant for the board's
    /// implementation of Python, and gives a handle for it. One that is meant for all is taken where
    /// none is meant for that one.
    ///
    /// ```no_run
    /// # fn blink(device: &mut belay_device::Device) -> Result<(), belay_device::Error> {
    /// use belay_device::Source;
    ///
    /// let led = device.task_of([
    ///     Source::from("def led(on):\n    Pin(25, Pin.OUT).value(on)\n").only_for("micropython"),
    ///     Source::from("def led(on):\n    pin.value = on\n").only_for("circuitpython"),
    /// ])?;
    /// led.call::<()>(device, (true,))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::OtherImplementation`] if none is meant for the board, and as [`task`](Self::task).
    pub fn task_of(&mut self, sources: impl IntoIterator<Item = Source>) -> Result<Task, Error> {
        let found = self.implementation()?.name.clone();
        let mut sources: Vec<Source> = sources.into_iter().collect();
        let position = |wanted: Option<&str>| {
            let is_wanted = |source: &Source| source.implementation.as_deref() == wanted;
            sources.iter().position(is_wanted)
        };
        let Some(at) = position(Some(&found)).or_else(|| position(None)) else {
            let names = sources.iter().filter_map(|s| s.implementation.as_deref());
            let wanted = names.collect::<Vec<_>>().join(", ");
            return Err(Error::OtherImplementation { wanted, found });
        };
        self.task(sources.swap_remove(at))
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
        let source = source.clone();
        self.record(|| Box::new(move |device| device.define(&source).map(drop)));
        Ok(tasks)
    }

    pub(crate) fn define(&mut self, source: &Source) -> Result<Vec<Task>, Error> {
        let names = source.functions()?;
        self.run_source(source, "")?;
        self.session.defined.extend(names.iter().cloned());
        Ok(names.into_iter().map(|name| Task { name }).collect())
    }

    /// Refuses text that is meant for another implementation of Python.
    pub(crate) fn check_implementation(&mut self, source: &Source) -> Result<(), Error> {
        let Some(wanted) = &source.implementation else {
            return Ok(());
        };
        let found = &self.implementation()?.name;
        if wanted == found {
            return Ok(());
        }
        Err(Error::OtherImplementation {
            wanted: wanted.clone(),
            found: found.clone(),
        })
    }

    /// Runs text of the host in the board's global name space, behind `before`, whole lines.
    pub(crate) fn run_source(&mut self, source: &Source, before: &str) -> Result<(), Error> {
        self.check_implementation(source)?;
        self.ready()?;
        let code = source.code();
        self.check_size(code.len())?;
        self.session.sources.insert(source.clone());
        let line = source.line.to_string();
        let arguments = [before, &*code, &*source.file, &*line];
        let helper = prepare(DEFINE, &[]);
        match self.call(&Code::Helper(&helper, &arguments), CallOptions::new()) {
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
            other => other.map(drop),
        }
    }
}
