//! What an operation works with: values and other objects on the board.

use serde::Serialize;

use super::{Object, Proxy};
use crate::arguments::literal;
use crate::{Arguments, Device, Error, IntoArguments};

/// A value, which is sent, or an object that is on the board already: anything that serializes,
/// `&Proxy` and `&Object`.
pub trait Operand {
    /// The operand as Python source.
    ///
    /// # Errors
    /// [`Error::Argument`] or [`Error::NotSendable`] for what has no literal.
    fn into_operand(self) -> Result<OperandSource, Error>;
}

/// An operand as Python source.
#[derive(Debug, Clone)]
pub struct OperandSource {
    pub(crate) text: String,
    /// The object, which must not go before the text has been sent.
    pub(crate) held: Option<Proxy>,
}

impl OperandSource {
    /// Makes sure that the board has the object.
    pub(crate) fn check(&self, device: &mut Device) -> Result<(), Error> {
        match &self.held {
            Some(proxy) => proxy.expression(device).map(|_| ()),
            None => Ok(()),
        }
    }
}

impl<T: Serialize> Operand for T {
    fn into_operand(self) -> Result<OperandSource, Error> {
        Ok(OperandSource {
            text: literal(&self)?,
            held: None,
        })
    }
}

impl Operand for &Proxy {
    fn into_operand(self) -> Result<OperandSource, Error> {
        Ok(OperandSource {
            text: self.place(),
            held: Some(self.clone()),
        })
    }
}

impl Operand for &Object {
    fn into_operand(self) -> Result<OperandSource, Error> {
        match self {
            Object::Value(value) => value.into_operand(),
            Object::Proxy(proxy) => proxy.into_operand(),
        }
    }
}

impl IntoArguments for &Proxy {
    fn into_arguments(self) -> Result<Arguments, Error> {
        Arguments::new().value(self)
    }
}
