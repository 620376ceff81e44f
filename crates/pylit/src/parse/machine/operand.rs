//! Operands, and the little arithmetic that literals have: a sign, and a sum with an imaginary
//! number.

use num_bigint::BigInt;

use crate::value::{Complex, Value};

/// A value and how it was written, which decides whether it may take a sign or be in a sum.
#[derive(Debug)]
pub(super) struct Operand {
    pub(super) value: Value,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A number as it stands, in parentheses perhaps.
    Number,
    /// A number with a sign.
    Signed,
    /// Anything that takes no part in arithmetic.
    Other,
    /// The name `set`, which must be called. The value means nothing.
    SetName,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Plus,
    Minus,
}

impl Operand {
    pub(super) fn number(value: Value) -> Self {
        let kind = Kind::Number;
        Self { value, kind }
    }

    pub(super) fn imaginary(im: f64) -> Self {
        Self::number(Value::Complex(Complex { re: 0.0, im }))
    }

    pub(super) fn other(value: Value) -> Self {
        let kind = Kind::Other;
        Self { value, kind }
    }

    /// Whether a sum may start with this.
    pub(super) fn is_real(&self) -> bool {
        matches!(self.kind, Kind::Number | Kind::Signed)
            && matches!(
                self.value,
                Value::Int(_) | Value::BigInt(_) | Value::Float(_)
            )
    }
}

impl Sign {
    pub(super) fn of(byte: u8) -> Self {
        if byte == b'-' {
            Self::Minus
        } else {
            Self::Plus
        }
    }

    /// The number with this sign in front.
    pub(super) fn apply(self, number: Value) -> Value {
        if self == Self::Plus {
            return number;
        }
        match number {
            Value::Int(int) => match int.checked_neg() {
                Some(negative) => Value::Int(negative),
                None => Value::BigInt(-BigInt::from(int)),
            },
            // 2^63 fits 64 bits once it is negative.
            Value::BigInt(int) => Value::from(-int),
            Value::Float(float) => Value::Float(-float),
            Value::Complex(Complex { re, im }) => Value::Complex(Complex { re: -re, im: -im }),
            other => other,
        }
    }

    /// The sum or difference of a real and an imaginary number, as Python computes it: zeros
    /// lose or keep their signs as in adding floats. `None` for a real part beyond all floats.
    pub(super) fn sum(self, real: &Value, imaginary: f64) -> Option<Complex> {
        let real = match real {
            #[expect(clippy::cast_precision_loss, reason = "Python rounds here as well")]
            Value::Int(int) => *int as f64,
            Value::Float(float) => *float,
            // Through decimal digits, which are read with correct rounding.
            Value::BigInt(int) => match int.to_string().parse() {
                Ok(float) if f64::is_finite(float) => float,
                _ => return None,
            },
            _ => return None,
        };
        Some(match self {
            Self::Plus => Complex {
                re: real + 0.0,
                im: 0.0 + imaginary,
            },
            Self::Minus => Complex {
                re: real - 0.0,
                im: 0.0 - imaginary,
            },
        })
    }
}
