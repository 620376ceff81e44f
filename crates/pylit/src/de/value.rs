//! Values out of data: without loss from this crate's own deserializer, and as far as it goes from
//! every other self-describing format.

use std::fmt::{self, Formatter};

use serde::de::{
    Deserialize, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::ValueDeserializer;
use super::compound::EnumData;
use crate::error::Error;
use crate::special::Special;
use crate::value::{Value, check_hashable, unique_keys};

/// The name of the newtype struct by which a [`Value`] makes itself known to the deserializer of
/// this crate. Others ignore it.
const NAME: &str = "$belay_pylit::Value";

/// Whether the newtype struct of this name is a [`Value`].
pub(super) fn is_value(name: &'static str) -> bool {
    name == NAME
}

/// Hands a value to the visitor of a [`Value`].
pub(super) fn visit<'de, V: Visitor<'de>>(
    deserializer: ValueDeserializer,
    visitor: V,
) -> Result<V::Value, Error> {
    let depth = deserializer.depth;
    match Special::split(deserializer.value) {
        Ok((special, inside)) => visitor.visit_enum(EnumData::with_data(
            special.name().to_owned(),
            inside,
            depth,
        )),
        Err(value) => ValueDeserializer { value, depth }.deserialize_any(visitor),
    }
}

/// From this crate's own data, an equal value. From other formats, what they know: no sets, no
/// tuples, no complex numbers.
impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(NAME, ValueVisitor)
    }
}

struct ValueVisitor;

macro_rules! visit {
    ($($method:ident($type:ty))*) => {
        $(fn $method<E>(self, value: $type) -> Result<Value, E> {
            Ok(value.into())
        })*
    };
}

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("a Python value")
    }

    visit! {
        visit_bool(bool)
        visit_i64(i64)
        visit_u64(u64)
        visit_i128(i128)
        visit_u128(u128)
        visit_f64(f64)
        visit_str(&str)
        visit_string(String)
        visit_bytes(&[u8])
        visit_byte_buf(Vec<u8>)
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::None)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some((key, value)) = entries.next_entry()? {
            check_hashable(&key)
                .map_err(|type_name| A::Error::custom(Error::UnhashableKey { type_name }))?;
            pairs.push((key, value));
        }
        Ok(Value::Dict(unique_keys(pairs)))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Value, A::Error> {
        let (name, variant) = data.variant::<String>()?;
        let inside = variant.newtype_variant()?;
        match Special::of(&name) {
            Some(special) => special.join(inside).map_err(A::Error::custom),
            // An enum of another format, in the form that this crate gives to enums.
            None => Ok(Value::Dict(vec![(name.into(), inside)])),
        }
    }
}
