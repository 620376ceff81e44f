//! From Rust data to values.

mod compound;
mod value;

use serde::Serialize;
use serde::ser::Serializer;

use crate::error::Error;
use crate::parse::MAX_DEPTH;
use crate::special::Special;
use crate::value::Value;
use compound::{Entries, Items, Variant};

/// Serializes data to the text of a Python literal.
///
/// ```
/// #[derive(serde::Serialize)]
/// struct Blink { pin: u8, pause: f32, name: Option<String> }
///
/// let blink = Blink { pin: 25, pause: 0.5, name: None };
/// assert_eq!(belay_pylit::to_string(&blink)?, "{'pin': 25, 'pause': 0.5, 'name': None}");
/// # Ok::<(), belay_pylit::Error>(())
/// ```
///
/// # Errors
/// See [`to_value`].
pub fn to_string<T: Serialize + ?Sized>(data: &T) -> Result<String, Error> {
    Ok(to_value(data)?.to_string())
}

/// Serializes data to a value.
///
/// | Rust | Python |
/// |---|---|
/// | `bool`, integers up to 128 bits, floats | `bool`, `int`, `float` |
/// | `char`, strings | `str` |
/// | bytes (as of the `serde_bytes` crate) | `bytes` |
/// | `None`, `()`, unit structs | `None` |
/// | `Some(x)`, newtype structs | `x` |
/// | sequences | `list` |
/// | tuples, arrays, tuple structs | `tuple` |
/// | maps | `dict` |
/// | structs | `dict` with the fields' names |
/// | enum variants without data | `'Variant'` |
/// | other enum variants | `{'Variant': data}` |
/// | [`Value`] | itself |
///
/// # Errors
/// When the data is nested deeper than [`MAX_DEPTH`], a map has a key that Python cannot hash, or
/// the data's own `Serialize` fails.
pub fn to_value<T: Serialize + ?Sized>(data: &T) -> Result<Value, Error> {
    data.serialize(ValueSerializer {
        depth: MAX_DEPTH,
        special: None,
    })
}

/// Makes values, down to a depth.
#[derive(Clone, Copy)]
struct ValueSerializer {
    depth: usize,
    /// Set for the data inside of the newtype that marks a [`Value`] with no form in serde's data
    /// model. That data is read back by [`Special::join`].
    special: Option<Special>,
}

impl ValueSerializer {
    /// The serializer for what is inside. The newtype of a special value and its content count as
    /// one level.
    fn inner(self) -> Result<Self, Error> {
        if self.special.is_some() {
            return Ok(Self {
                special: None,
                ..self
            });
        }
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self {
                depth,
                special: None,
            }),
            None => Err(Error::DataTooDeep { limit: MAX_DEPTH }),
        }
    }
}

macro_rules! scalars {
    ($($method:ident($type:ty) $variant:ident;)*) => {
        $(fn $method(self, value: $type) -> Result<Value, Error> {
            Ok(Value::$variant(value.into()))
        })*
    };
}

impl Serializer for ValueSerializer {
    type Ok = Value;
    type Error = Error;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Variant<Items>;
    type SerializeMap = Entries;
    type SerializeStruct = Entries;
    type SerializeStructVariant = Variant<Entries>;

    scalars! {
        serialize_bool(bool) Bool;
        serialize_i8(i8) Int;
        serialize_i16(i16) Int;
        serialize_i32(i32) Int;
        serialize_i64(i64) Int;
        serialize_u8(u8) Int;
        serialize_u16(u16) Int;
        serialize_u32(u32) Int;
        serialize_f32(f32) Float;
        serialize_f64(f64) Float;
        serialize_char(char) Str;
        serialize_str(&str) Str;
        serialize_bytes(&[u8]) Bytes;
    }

    fn serialize_u64(self, value: u64) -> Result<Value, Error> {
        Ok(value.into())
    }

    fn serialize_i128(self, value: i128) -> Result<Value, Error> {
        Ok(value.into())
    }

    fn serialize_u128(self, value: u128) -> Result<Value, Error> {
        Ok(value.into())
    }

    fn serialize_none(self) -> Result<Value, Error> {
        Ok(Value::None)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Error> {
        value.serialize(self.inner()?)
    }

    fn serialize_unit(self) -> Result<Value, Error> {
        Ok(Value::None)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, Error> {
        Ok(Value::None)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Value, Error> {
        Ok(variant.into())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<Value, Error> {
        let mut inner = self.inner()?;
        inner.special = Special::of(name);
        let inside = value.serialize(inner)?;
        match inner.special {
            Some(special) => special.join(inside),
            None => Ok(inside),
        }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value, Error> {
        let value = value.serialize(self.inner()?)?;
        Ok(compound::variant(variant, value))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Items, Error> {
        Ok(Items::new(self.inner()?, Value::List, length))
    }

    fn serialize_tuple(self, length: usize) -> Result<Items, Error> {
        Ok(Items::new(self.inner()?, Value::Tuple, Some(length)))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Items, Error> {
        self.serialize_tuple(length)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Variant<Items>, Error> {
        let inner = self.inner()?.serialize_tuple(length)?;
        Ok(Variant { variant, inner })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Entries, Error> {
        Ok(Entries::new(self.inner()?))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Entries, Error> {
        Ok(Entries::new(self.inner()?))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Variant<Entries>, Error> {
        let inner = Entries::new(self.inner()?.inner()?);
        Ok(Variant { variant, inner })
    }

    /// Text is for humans; only special values inside of their newtype take their exact form.
    fn is_human_readable(&self) -> bool {
        self.special.is_none()
    }
}
