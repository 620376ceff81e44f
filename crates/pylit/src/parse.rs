//! From text to values.
//!
//! The leaves (numbers, strings, names, white space) are nom parsers. What nests is put together
//! by [`machine`] on a stack of its own.

mod call;
mod fail;
mod machine;
mod name;
mod number;
mod options;
mod scalar;
mod space;
mod text;

use crate::error::Error;
use crate::value::Value;
use machine::Machine;

pub use options::{MAX_DEPTH, Options};

/// What a text turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub enum Parsed {
    /// A literal.
    Literal(Value),
    /// Anything else, for instance `<function f at 0x3000>`, unchanged.
    Unparsed(String),
}

/// Parses a literal within the default bounds.
///
/// ```
/// use belay_pylit::{Value, parse};
///
/// let reading = parse("{'temperature': 21.5, 'raw': b'\\x00\\xff'}")?;
/// assert_eq!(reading.get("temperature"), Some(&Value::Float(21.5)));
/// assert_eq!(reading.get("raw"), Some(&Value::Bytes(vec![0, 255])));
/// # Ok::<(), belay_pylit::Error>(())
/// ```
///
/// # Errors
/// When the text is not a literal, or exceeds the bounds.
pub fn parse(text: &str) -> Result<Value, Error> {
    parse_with(text, &Options::default())
}

/// Parses a literal within the given bounds.
///
/// # Errors
/// When the text is not a literal, or exceeds the bounds.
pub fn parse_with(text: &str, options: &Options) -> Result<Value, Error> {
    check_length(text.len(), options)?;
    Machine::new(text, options)
        .run()
        .map_err(|fail| fail.into_error(text, options))
}

/// Parses a literal from bytes that should be UTF-8, such as the output of a board.
///
/// # Errors
/// When the bytes are not UTF-8, the text is not a literal, or exceeds the bounds.
pub fn parse_bytes(bytes: &[u8], options: &Options) -> Result<Value, Error> {
    check_length(bytes.len(), options)?;
    let text = std::str::from_utf8(bytes).map_err(|error| Error::InvalidUtf8 {
        offset: error.valid_up_to(),
    })?;
    parse_with(text, options)
}

/// Parses a literal, and hands back the text when it is none.
///
/// ```
/// use belay_pylit::{Options, Parsed, parse_or_text};
///
/// let parsed = parse_or_text("<function f at 0x3000>", &Options::default())?;
/// assert_eq!(parsed, Parsed::Unparsed("<function f at 0x3000>".to_owned()));
/// # Ok::<(), belay_pylit::Error>(())
/// ```
///
/// # Errors
/// When the text exceeds the bounds: then nothing is known of what it is. See
/// [`Error::is_limit`].
pub fn parse_or_text(text: &str, options: &Options) -> Result<Parsed, Error> {
    match parse_with(text, options) {
        Ok(value) => Ok(Parsed::Literal(value)),
        Err(error) if error.is_limit() => Err(error),
        Err(_) => Ok(Parsed::Unparsed(text.to_owned())),
    }
}

fn check_length(length: usize, options: &Options) -> Result<(), Error> {
    if length > options.max_bytes {
        return Err(Error::TooLong {
            length,
            limit: options.max_bytes,
        });
    }
    Ok(())
}
