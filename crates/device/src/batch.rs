//! Many calls in one round trip.

use belay_pylit::Value;

use crate::board_code::BATCH;
use crate::call::Code;
use crate::check::Check;
use crate::frames::{Frames, Piece};
use crate::link::bare;
use crate::output::Output;
use crate::{Device, Error, Exception};

/// How much text of calls goes into one command, in bytes. The board holds it in its memory, beside
/// what it is compiled to.
const COMMAND: usize = 1500;

/// Calls that are sent together.
///
/// ```no_run
/// # fn read(device: &mut belay_device::Device) {
/// use belay_device::Batch;
///
/// let mut batch = Batch::new();
/// batch.exec("led.on()");
/// for channel in 0..100 {
///     batch.eval(format!("read({channel})"));
/// }
/// for result in device.run_batch(&batch) {
///     match result {
///         Ok(value) => println!("{value}"),
///         Err(error) => eprintln!("{error}"),
///     }
/// }
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// Each call as a Python literal: an expression as a string, statements in a tuple.
    calls: Vec<String>,
}

impl Batch {
    /// A batch without calls.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an expression. Its result is its value.
    pub fn eval(&mut self, expression: impl Into<String>) -> &mut Self {
        let expression: String = expression.into();
        self.calls
            .push(Value::Str(expression.trim().to_owned()).to_string());
        self
    }

    /// Adds statements. Their result is `None`.
    pub fn exec(&mut self, code: impl Into<String>) -> &mut Self {
        self.calls
            .push(Value::Tuple(vec![Value::Str(code.into())]).to_string());
        self
    }

    /// The number of calls.
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// Whether there are no calls.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }
}

impl Device {
    /// Runs the calls of a batch in order, and gives their results in the same order, as many as
    /// there are calls. A call that fails does not keep the next ones from running.
    ///
    /// Takes one round trip for every 1,500 bytes of calls, or more where the board's input buffer
    /// is small, and one more the first time.
    ///
    /// # Errors
    /// Each call has its own. What ends the batch itself, such as a lost link, `sys.exit()` or an
    /// interrupt, is the error of the call that it struck; the calls behind it fail with
    /// [`Error::Cancelled`] where they have not run, and with [`Error::Unanswered`] where that is
    /// not known. [`Error::DamagedAnswer`] where an answer was damaged on its way.
    pub fn run_batch(&mut self, batch: &Batch) -> Vec<Result<Value, Error>> {
        let mut results = Vec::with_capacity(batch.len());
        let mut rest = batch.calls.as_slice();
        match self.load(BATCH) {
            Err(error) if !rest.is_empty() => results.push(Err(error)),
            _ => while self.run_part(&mut rest, &mut results) {},
        }
        results.resize_with(batch.len(), || Err(Error::Cancelled));
        results
    }

    /// Runs the next calls in one command, and tells whether the board is ready for more.
    fn run_part(&mut self, rest: &mut &[String], results: &mut Vec<Result<Value, Error>>) -> bool {
        let mut length = 0;
        let fits = rest.iter().take_while(|call| {
            length += call.len() + 1;
            length <= COMMAND
        });
        let count = fits.count().max(1).min(rest.len());
        let (calls, others) = rest.split_at(count);
        *rest = others;
        if calls.is_empty() {
            return false;
        }
        let end = results.len() + count;
        let check = match self.is_checked() {
            Ok(false) => Ok(None),
            Ok(true) => self.link.check().map(Some),
            Err(error) => Err(error),
        };
        let check = match check {
            Ok(check) => check,
            Err(error) => {
                results.push(Err(error));
                return false;
            }
        };
        let error = match self.exchange_part(calls, check, results, end) {
            Ok(()) if results.len() == end => return true,
            Ok(()) => Error::NoResult,
            Err(error) => error,
        };
        if results.len() < end {
            // An exception or an exit tells where the board has stopped, where no answer is lost on
            // the way; anything else leaves open how far it went.
            let stopped = matches!(
                error,
                Error::Exception(_) | Error::Exited | Error::Cancelled
            ) && check.is_none();
            results.push(Err(error));
            if !stopped {
                results.resize_with(end, || Err(Error::Unanswered));
            }
        }
        false
    }

    fn exchange_part(
        &mut self,
        calls: &[String],
        check: Option<Check>,
        results: &mut Vec<Result<Value, Error>>,
        end: usize,
    ) -> Result<(), Error> {
        self.ready()?;
        let limit = self.options.max_result;
        let mark = self.link.driver.repl().next_mark();
        let mut frames = Frames::new(&mark, limit);
        let code = format!(
            "_belay_batch('{mark}',{},{})",
            u8::from(check.is_some()),
            calls.join(",")
        );
        self.check_size(code.len())?;
        let mut answers = Vec::new();
        let code = Code::Statements(&code);
        let manner = self.manner(&code, None)?;
        let mut output = Output::new(&mut *self.output, false);
        let run = code.run(&mut self.link, &manner, &mut |bytes| {
            for piece in frames.receive(bytes) {
                // A board that says more than it was asked for is not listened to.
                let room = answers.len() < 2 * calls.len();
                match piece {
                    Piece::Output(bytes) => output.write(&bytes)?,
                    Piece::Frame(_) | Piece::TooLong(_) if !room => {}
                    Piece::Frame(bytes) => answers.push(Ok(bytes)),
                    Piece::TooLong(length) => {
                        answers.push(Err(Error::ResultTooLong { length, limit }));
                    }
                    // Frames of a batch may hold anything.
                    Piece::Broken(_) => {}
                }
            }
            if frames.pending() > limit.saturating_add(64) {
                let length = frames.pending() as u64;
                return Err(Error::ResultTooLong { length, limit });
            }
            Ok(())
        });
        output.write(&frames.end())?;
        output.end()?;
        let run = self.settled(run);
        if let Some(check) = check {
            self.place(check, answers, results, end);
        } else {
            for answer in answers.into_iter().take(end - results.len()) {
                results.push(answer.and_then(|bytes| {
                    let text = String::from_utf8_lossy(&bytes);
                    // A repr that fails half-way leaves its beginning in front of the exception's frame.
                    let text = text.rsplit(&format!("{mark} ")).next().unwrap_or(&text);
                    self.read_answer(text)
                }));
            }
        }
        match run {
            // Each answer has a check of its own, and the board is at its prompt.
            Err(Error::DamagedAnswer) if check.is_some() => {}
            other => drop(other?),
        }
        if check.is_some() {
            results.resize_with(end, || Err(Error::DamagedAnswer));
        }
        Ok(())
    }

    /// Adds answers with checksums, in which the numbers of their calls are. One that was lost on the
    /// way shows in the number of the next.
    fn place(
        &self,
        check: Check,
        answers: Vec<Result<Vec<u8>, Error>>,
        results: &mut Vec<Result<Value, Error>>,
        end: usize,
    ) {
        let first = results.len();
        for answer in answers {
            let numbers = (0_u32..).zip(first..end).skip(results.len() - first);
            match answer {
                Ok(bytes) => {
                    let numbers = numbers.map(|(number, _)| number);
                    if let Some((number, text)) = check.numbered(&bytes, numbers) {
                        results.resize_with(first + number as usize, || Err(Error::DamagedAnswer));
                        results.push(self.read_answer(&text));
                    }
                }
                Err(error) if results.len() < end => results.push(Err(error)),
                Err(_) => {}
            }
        }
    }

    fn read_answer(&self, text: &str) -> Result<Value, Error> {
        if let Some(text) = bare(text) {
            return self.parse_value(text);
        }
        match self.parse_value(text)? {
            Value::Tuple(parts) => match parts.into_iter().next() {
                Some(Value::Str(text)) => {
                    let mut exception = Exception::parse(text.as_bytes());
                    exception.drop_helpers();
                    self.session.sources.locate(&mut exception);
                    Err(Error::Exception(Box::new(exception)))
                }
                _ => Err(Error::NoResult),
            },
            _ => Err(Error::NoResult),
        }
    }
}
