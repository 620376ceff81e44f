//! Bounds on what is accepted.

/// The deepest nesting that can be allowed.
///
/// Values of that depth can be dropped, compared, formatted and deserialized on a thread with a
/// stack of 2 MiB, in builds without optimization too.
pub const MAX_DEPTH: usize = 250;

/// Bounds on what the parser accepts.
///
/// ```
/// use belay_pylit::{Error, Options, parse_with};
///
/// let options = Options { max_depth: 2, ..Options::default() };
/// assert!(parse_with("[[1]]", &options).is_ok());
/// let error = parse_with("[[[1]]]", &options);
/// assert_eq!(error, Err(Error::TooDeep { offset: 2, limit: 2 }));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How many brackets may be open at once, calls and plain parentheses included.
    ///
    /// 200 by default, as in CPython's tokenizer. More than [`MAX_DEPTH`] counts as [`MAX_DEPTH`].
    pub max_depth: usize,
    /// Bytes in the text. 16 MiB by default.
    ///
    /// A value takes up to 45 times the memory of its text, in the worst case of a list full of
    /// `[1],`; a sensor's readings take 5 to 15 times.
    pub max_bytes: usize,
    /// Digits in an integer, in any base. 4300 by default, as in CPython.
    ///
    /// The time to convert a decimal integer grows with the square of its digits.
    pub max_digits: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_depth: 200,
            max_bytes: 16 << 20,
            max_digits: 4300,
        }
    }
}
