//! Generators on the board, as iterators on the host.

use std::collections::VecDeque;
use std::marker::PhantomData;

use belay_pylit::Value;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::arguments::literal;
use crate::board_code::GENERATOR;
use crate::session::{Handle, Handles};
use crate::{Arguments, Device, Error};

/// A generator on the board.
///
/// Dropping it before its end closes it on the board, with the next call.
#[derive(Debug)]
pub struct Generator {
    /// The call that makes it, until it is made.
    call: Option<String>,
    /// The arguments of the call, until it has been sent.
    held: Arguments,
    handle: Handle,
    ended: bool,
    returned: Option<Value>,
}

impl Generator {
    pub(crate) fn new(device: &mut Device, call: String, held: Arguments) -> Self {
        let mut generator = Self::of_call(&device.session.handles, call);
        generator.held = held;
        generator
    }

    /// One that a call makes whose text holds nothing.
    pub(crate) fn of_call(handles: &Handles, call: String) -> Self {
        Self {
            call: Some(call),
            held: Arguments::new(),
            handle: handles.generator(),
            ended: false,
            returned: None,
        }
    }

    /// The next value; `None` at the end. Takes one round trip.
    ///
    /// # Errors
    /// As [`Device::eval`], and the generator has ended; [`Error::Gone`] if the board's interpreter
    /// has restarted since the first value.
    pub fn next<T: DeserializeOwned>(&mut self, device: &mut Device) -> Result<Option<T>, Error> {
        let values = self.draw(device, 1, "None")?;
        values.into_iter().next().map(typed).transpose()
    }

    /// The next `count` values in one round trip; fewer at the end.
    ///
    /// The generator computes them before any of them is seen here. An exception after some values
    /// is the error of the next call.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub fn next_many<T: DeserializeOwned>(
        &mut self,
        device: &mut Device,
        count: usize,
    ) -> Result<Vec<T>, Error> {
        let values = self.draw(device, count, "None")?;
        values.into_iter().map(typed).collect()
    }

    /// Sends a value to the `yield` that the generator stands at, and gives the next value; `None`
    /// at the end. Takes one round trip.
    ///
    /// # Errors
    /// As [`next`](Self::next). Python's `TypeError` if the generator has not come to a `yield` yet.
    pub fn send<T: DeserializeOwned>(
        &mut self,
        device: &mut Device,
        value: impl Serialize,
    ) -> Result<Option<T>, Error> {
        let values = self.draw(device, 1, &literal(&value)?)?;
        values.into_iter().next().map(typed).transpose()
    }

    /// What the generator has returned, when it has come to its end.
    pub fn returned(&self) -> Option<&Value> {
        self.returned.as_ref()
    }

    /// Closes the generator on the board: its `finally` blocks run. Takes one round trip, or none if it has
    /// ended or not begun.
    ///
    /// # Errors
    /// As [`Device::eval_repr`].
    pub fn close(mut self, device: &mut Device) -> Result<(), Error> {
        self.end(device)
    }

    /// An iterator over the values, which has the session to itself for as long as it lives.
    pub fn iter<T: DeserializeOwned>(self, device: &mut Device) -> Values<'_, T> {
        Values {
            generator: self,
            device,
            prefetch: 1,
            ready: VecDeque::new(),
            kind: PhantomData,
        }
    }

    fn end(&mut self, device: &mut Device) -> Result<(), Error> {
        if self.closing().is_some() {
            self.handle.release();
            device.eval_repr("None")?;
        }
        Ok(())
    }

    /// Ends the generator here, and gives the code that ends it on the board if it has begun there.
    pub(crate) fn closing(&mut self) -> Option<String> {
        let begun = self.call.take().is_none();
        let open = begun && !std::mem::replace(&mut self.ended, true);
        open.then(|| format!("_belay_c({})", self.handle.number()))
    }

    fn draw(
        &mut self,
        device: &mut Device,
        count: usize,
        value: &str,
    ) -> Result<Vec<Value>, Error> {
        if self.ended || count == 0 {
            return Ok(Vec::new());
        }
        device.load(GENERATOR)?;
        self.held.check(device)?;
        let code = self.request(&device.session.handles, count, value)?;
        let text = self.answered(device.eval_repr(&code))?;
        self.take_values(device.parse_value(&text)?)
    }

    /// The expression that draws the next values.
    pub(crate) fn request(
        &mut self,
        handles: &Handles,
        count: usize,
        value: &str,
    ) -> Result<String, Error> {
        if self.call.is_none() {
            handles.check(&self.handle, "the generator")?;
        } else {
            // The board may have restarted since the handle was made.
            self.handle = handles.generator();
        }
        let number = self.handle.number();
        let begun = self
            .call
            .as_ref()
            .map_or(String::new(), |call| format!(",{call}"));
        Ok(format!("_belay_n({number},{count},{value}{begun})"))
    }

    /// What the board has answered to the request.
    pub(crate) fn answered(&mut self, result: Result<String, Error>) -> Result<String, Error> {
        match &result {
            Ok(_) => {
                self.call = None;
                self.held = Arguments::new();
            }
            Err(error) => {
                // An exception ends a generator, save an interrupt, which need not have reached it.
                self.ended = true;
                if self.call.take().is_some() || matches!(error, Error::Exception(_)) {
                    self.handle.release();
                }
            }
        }
        result
    }

    /// The values of an answer. Those that cannot be read are no reason to stop the generator.
    pub(crate) fn take_values(&mut self, answer: Value) -> Result<Vec<Value>, Error> {
        let Value::Tuple(mut answer) = answer else {
            return Err(Error::NoResult);
        };
        if answer.len() > 1 {
            self.returned = answer.pop();
            self.ended = true;
        }
        match answer.pop() {
            Some(Value::List(values)) => Ok(values),
            _ => Err(Error::NoResult),
        }
    }

    /// Whether it has come to its end.
    pub(crate) fn is_ended(&self) -> bool {
        self.ended
    }
}

impl Drop for Generator {
    fn drop(&mut self) {
        if !self.ended && self.call.is_none() {
            self.handle.release();
        }
    }
}

/// The values of a generator, one after the other.
///
/// After an error there are no more. Dropping it before the end closes the generator at once; what
/// was fetched ahead is lost then.
#[derive(Debug)]
pub struct Values<'a, T> {
    generator: Generator,
    device: &'a mut Device,
    prefetch: usize,
    ready: VecDeque<Value>,
    kind: PhantomData<T>,
}

impl<T> Values<'_, T> {
    /// Fetches `count` values in each round trip, which the generator computes before they are asked
    /// for.
    #[must_use]
    pub fn prefetch(mut self, count: usize) -> Self {
        self.prefetch = count.max(1);
        self
    }
}

impl<T: DeserializeOwned> Iterator for Values<'_, T> {
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ready.is_empty() {
            match self.generator.draw(self.device, self.prefetch, "None") {
                Ok(values) => self.ready.extend(values),
                Err(error) => return Some(Err(error)),
            }
        }
        self.ready.pop_front().map(typed)
    }
}

impl<T> Drop for Values<'_, T> {
    fn drop(&mut self) {
        // What fails here fails again, and is reported, in the next call.
        let _ = self.generator.end(self.device);
    }
}

fn typed<T: DeserializeOwned>(value: Value) -> Result<T, Error> {
    let text = value.to_string();
    belay_pylit::from_value(value).map_err(|source| Error::WrongType { text, source })
}
