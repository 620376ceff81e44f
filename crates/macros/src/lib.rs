//! A Python file for a board as a typed Rust struct, made at compile time.
//!
//! [`board`] reads the file and gives a struct a method for each function that the file defines at
//! its outermost level. `belay-device` passes the macro on as `belay_device::board`; what it makes
//! stands on that crate's tasks.
//!
//! There is no Python parser behind it: the tokenizer of `belay-minify` finds the functions, and
//! what the macro reads are their headers. So a file may use any syntax that its board knows.

mod docs;
mod error;
mod expand;
mod python;

use proc_macro::TokenStream;

/// Makes a struct whose methods are the functions of a Python file.
///
/// ```text
/// /// The sensor on the board.
/// #[belay_device::board("board/sensor.py")]
/// #[derive(Debug, Clone)]
/// pub struct Sensor;
///
/// let sensor = Sensor::new(&mut device)?;
/// let celsius: f64 = sensor.read(&mut device, 4, None)?;
/// ```
///
/// The path is relative to the folder of the package's manifest; a change of the file builds the
/// crate anew. `Sensor::new` sends the file: what stands outside of functions runs once, and all
/// of it lives in the board's global name space, which it shares with other files. A call of a
/// method is one round trip.
///
/// With `board("a.py", only_for = "circuitpython")` the file is only sent to boards with that
/// implementation of Python; to others it is the error `OtherImplementation`.
///
/// # Functions
///
/// A function at the outermost level has a method with the session and the function's arguments;
/// its docstring is the method's documentation. One whose name begins with `_`, one in a block,
/// and an `async` one is sent and has no method. Decorators are left to the board. Names that are
/// Rust's keywords are raw identifiers, and `self`, `super`, `crate`, `Self` and `_` end in
/// another `_`.
///
/// A generator function's method gives an iterator, `Values`, which computes nothing until it is
/// asked for a value; its type is the `T` of `Iterator[T]`, `Iterable[T]` or `Generator[T, …]`.
///
/// The struct has a field for each method, of the same name and of type `Task`, for batches,
/// threads, output of its own and `send`: `sensor.read.invocation((4,))?`.
///
/// # Types
///
/// | annotation | argument | result |
/// |---|---|---|
/// | `int`, viper's `uint` | `i64`, `u64` | the same |
/// | `float`, `int \| float` | `f64` | `f64` |
/// | `bool` | `bool` | `bool` |
/// | `str` | `&str` | `String` |
/// | `bytes`, `bytearray`, `memoryview` | `&[u8]` | `Vec<u8>` |
/// | `list[T]`, `set[T]`, `frozenset[T]`, `tuple[T, ...]` | `Vec<T>` | `Vec<T>` |
/// | `tuple[A, B]` | `(A, B)` | `(A, B)` |
/// | `dict[K, V]` | `BTreeMap<K, V>` | `BTreeMap<K, V>` |
/// | `Optional[T]`, `T \| None` | `Option<T>` | `Option<T>` |
/// | `None` | `()` | `()` |
/// | none, or anything else | `impl Operand`: what serializes, or an object on the board | `Value` |
///
/// The names of the `typing` module mean the same, with or without the module's name in front, and
/// an annotation may stand in quotes. Inside of other types strings and bytes are owned. What a
/// board returns against its annotation is the error `WrongType`.
///
/// # Defaults
///
/// A parameter with a default takes an `Option`, and `None` leaves the argument out. Where the type
/// is optional itself, `Option<Option<T>>` tells leaving out from `None`, unless the default is
/// `None`. `*rest` takes a `Vec<T>`, and what stands before it has to be given; `**rest` takes a
/// `BTreeMap<String, T>`.
///
/// # Errors
///
/// A file that cannot be read or split into tokens, the header of a function that cannot be read,
/// a name that a session refuses, and a function named `new` are compile errors, which name file,
/// line and column. Other mistakes of syntax are found by the board, when the file is sent.
#[proc_macro_attribute]
pub fn board(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    expand::board(arguments.into(), item.into(), folder.as_ref())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
