//! Objects that live on the board.

mod items;
mod operand;

use std::sync::Arc;

use belay_pylit::Value;
use serde::de::DeserializeOwned;

pub use items::Items;
pub use operand::{Operand, OperandSource};

use crate::arguments::IntoArguments;
use crate::board_code::OBJECTS;
use crate::call::CallOptions;
use crate::session::ObjectHandle;
use crate::source::check_identifier;
use crate::{Device, Error};

/// A handle to an object that lives on the board.
///
/// Values that never change come to the host as they are; everything else stays on the board and is
/// worked with through a proxy. A clone is the same object. When the last clone is dropped, the board
/// is told with the next call; the drop itself costs nothing.
///
/// Each operation takes one round trip, and the first one of a session one more. All of them fail
/// with [`Error::Exception`] for what the object raises, with [`Error::Argument`] or
/// [`Error::NotSendable`] for a value that has no literal, and with [`Error::Gone`] once the board's
/// interpreter has restarted.
#[derive(Debug, Clone)]
pub struct Proxy {
    handle: Arc<ObjectHandle>,
    kind: String,
}

/// What an operation on the board has given.
#[derive(Debug, Clone)]
pub enum Object {
    /// A value that never changes.
    Value(Value),
    /// An object that has stayed on the board.
    Proxy(Proxy),
}

/// The comparisons of two objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `is`
    Same,
}

impl Comparison {
    fn operator(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Same => " is ",
        }
    }
}

impl Object {
    /// The value as a Rust type.
    ///
    /// # Errors
    /// [`Error::NotALiteral`] if it is an object that has stayed on the board, whose value
    /// [`Proxy::value`] fetches; [`Error::WrongType`].
    pub fn value<T: DeserializeOwned>(self) -> Result<T, Error> {
        match self {
            Self::Value(value) => {
                let text = value.to_string();
                belay_pylit::from_value(value).map_err(|source| Error::WrongType { text, source })
            }
            Self::Proxy(proxy) => Err(Error::NotALiteral {
                text: format!("an object of type {}", proxy.kind),
            }),
        }
    }

    /// The handle, if the object has stayed on the board.
    ///
    /// # Errors
    /// [`Error::NotAnObject`] if it is a value.
    pub fn proxy(self) -> Result<Proxy, Error> {
        match self {
            Self::Proxy(proxy) => Ok(proxy),
            Self::Value(value) => Err(Error::NotAnObject {
                text: value.to_string(),
            }),
        }
    }
}

impl Proxy {
    /// The name of the object's type.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// `object.name`
    pub fn attribute(&self, device: &mut Device, name: &str) -> Result<Object, Error> {
        check_identifier(name)?;
        self.object(device, |me| format!("{me}.{name}"))
    }

    /// `object.name = value`
    pub fn set_attribute(
        &self,
        device: &mut Device,
        name: &str,
        value: impl Operand,
    ) -> Result<(), Error> {
        check_identifier(name)?;
        self.statement(device, value, |me, value| format!("{me}.{name}={value}"))
    }

    /// `object[key]`
    pub fn item(&self, device: &mut Device, key: impl Operand) -> Result<Object, Error> {
        let key = key.into_operand()?;
        key.check(device)?;
        self.object(device, |me| format!("{me}[{}]", key.text))
    }

    /// `object[key] = value`
    pub fn set_item(
        &self,
        device: &mut Device,
        key: impl Operand,
        value: impl Operand,
    ) -> Result<(), Error> {
        let key = key.into_operand()?;
        key.check(device)?;
        self.statement(device, value, |me, value| {
            format!("{me}[{}]={value}", key.text)
        })
    }

    /// `del object[key]`
    pub fn delete_item(&self, device: &mut Device, key: impl Operand) -> Result<(), Error> {
        self.statement(device, key, |me, key| format!("del {me}[{key}]"))
    }

    /// `object[start:end:step]`
    pub fn slice(
        &self,
        device: &mut Device,
        start: Option<i64>,
        end: Option<i64>,
        step: Option<i64>,
    ) -> Result<Object, Error> {
        let text = |bound: Option<i64>| bound.map_or_else(String::new, |bound| bound.to_string());
        // Not all firmware has slices with a step.
        let step = step.map_or_else(String::new, |step| format!(":{step}"));
        self.object(device, |me| {
            format!("{me}[{}:{}{step}]", text(start), text(end))
        })
    }

    /// `object(arguments)`
    pub fn call(
        &self,
        device: &mut Device,
        arguments: impl IntoArguments,
    ) -> Result<Object, Error> {
        let arguments = arguments.into_arguments()?;
        arguments.check(device)?;
        self.object(device, |me| format!("{me}({})", arguments.text()))
    }

    /// `object.name(arguments)`
    pub fn call_method(
        &self,
        device: &mut Device,
        name: &str,
        arguments: impl IntoArguments,
    ) -> Result<Object, Error> {
        check_identifier(name)?;
        let arguments = arguments.into_arguments()?;
        arguments.check(device)?;
        self.object(device, |me| format!("{me}.{name}({})", arguments.text()))
    }

    /// `len(object)`
    pub fn len(&self, device: &mut Device) -> Result<usize, Error> {
        self.eval(device, |me| format!("_belay_b.len({me})"))
    }

    /// Whether `len(object)` is zero.
    pub fn is_empty(&self, device: &mut Device) -> Result<bool, Error> {
        self.len(device).map(|length| length == 0)
    }

    /// `value in object`
    pub fn contains(&self, device: &mut Device, value: impl Operand) -> Result<bool, Error> {
        let value = value.into_operand()?;
        value.check(device)?;
        self.eval(device, |me| format!("{} in {me}", value.text))
    }

    /// `object == other`, and the other comparisons; the result counts as true or false.
    pub fn compare(
        &self,
        device: &mut Device,
        comparison: Comparison,
        other: impl Operand,
    ) -> Result<bool, Error> {
        let other = other.into_operand()?;
        other.check(device)?;
        let operator = comparison.operator();
        self.eval(device, |me| {
            format!("_belay_b.bool({me}{operator}{})", other.text)
        })
    }

    /// `str(object)`
    pub fn text(&self, device: &mut Device) -> Result<String, Error> {
        self.eval(device, |me| format!("_belay_b.str({me})"))
    }

    /// `repr(object)`
    pub fn repr(&self, device: &mut Device) -> Result<String, Error> {
        let expression = self.expression(device)?;
        device.eval_repr(&expression)
    }

    /// A copy of the whole object, a list or a dict for example, as a Rust type.
    ///
    /// # Errors
    /// [`Error::NotALiteral`] if its repr is none.
    pub fn value<T: DeserializeOwned>(&self, device: &mut Device) -> Result<T, Error> {
        self.eval(device, str::to_owned)
    }

    /// The object as a Python expression.
    pub(crate) fn expression(&self, device: &mut Device) -> Result<String, Error> {
        device.ready()?;
        device.session.handles.check(&self.handle.0, &self.kind)?;
        Ok(self.place())
    }

    /// The object as a Python expression, if the board still has it.
    pub(crate) fn place(&self) -> String {
        format!("_belay_o[{}]", self.handle.0.number())
    }

    fn object(
        &self,
        device: &mut Device,
        expression: impl FnOnce(&str) -> String,
    ) -> Result<Object, Error> {
        let expression = expression(&self.expression(device)?);
        device.object(&expression)
    }

    fn eval<T: DeserializeOwned>(
        &self,
        device: &mut Device,
        expression: impl FnOnce(&str) -> String,
    ) -> Result<T, Error> {
        let expression = expression(&self.expression(device)?);
        device.eval(&expression)
    }

    fn statement(
        &self,
        device: &mut Device,
        value: impl Operand,
        code: impl FnOnce(&str, &str) -> String,
    ) -> Result<(), Error> {
        let me = self.expression(device)?;
        let value = value.into_operand()?;
        value.check(device)?;
        device.statements(&code(&me, &value.text), CallOptions::new())
    }
}

impl Device {
    /// Evaluates an expression. What never changes comes as a value, everything else stays on the
    /// board.
    ///
    /// ```no_run
    /// # fn read(device: &mut belay_device::Device) -> Result<(), belay_device::Error> {
    /// let pin = device.import("machine")?.call_method(device, "Pin", 25)?.proxy()?;
    /// let level: u8 = pin.call_method(device, "value", ())?.value()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`eval_repr`](Self::eval_repr).
    pub fn object(&mut self, expression: &str) -> Result<Object, Error> {
        self.load(OBJECTS)?;
        let handle = self.session.handles.object();
        let text = self.eval_repr(&keep(expression, &handle))?;
        read_object(self.parse_value(&text)?, handle)
    }

    /// Imports a module, `a.b` for one inside a package, as an object on the board.
    ///
    /// # Errors
    /// [`Error::NotAName`] for a text that is no name, and [`Error::Exception`], an `ImportError`, if there is
    /// no such module.
    pub fn import(&mut self, module: &str) -> Result<Proxy, Error> {
        module.split('.').try_for_each(check_identifier)?;
        self.object(&format!("_belay_m('{module}')"))?.proxy()
    }
}

/// An expression that keeps what another one gives, and reports it.
pub(crate) fn keep(expression: &str, handle: &ObjectHandle) -> String {
    let end = if expression.contains('#') { "\n" } else { "" };
    let number = handle.0.number();
    format!("_belay_k({}{end},{number})", expression.trim())
}

/// What the board has reported of an object: its value in a tuple or the name of its type.
pub(crate) fn read_object(report: Value, handle: ObjectHandle) -> Result<Object, Error> {
    match report {
        Value::Tuple(mut parts) if parts.len() == 1 => {
            handle.forget();
            Ok(Object::Value(parts.remove(0)))
        }
        Value::Str(kind) => Ok(Object::Proxy(Proxy {
            handle: Arc::new(handle),
            kind,
        })),
        _ => Err(Error::NoResult),
    }
}
