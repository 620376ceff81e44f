//! The insides of sequences, maps and enums.

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use super::ValueDeserializer;
use crate::error::Error;
use crate::value::Value;

/// What is left of a sequence.
pub(super) struct Items {
    rest: Source,
    depth: usize,
}

enum Source {
    Values(std::vec::IntoIter<Value>),
    Bytes(std::vec::IntoIter<u8>),
}

impl Items {
    pub(super) fn values(items: Vec<Value>, depth: usize) -> Self {
        let rest = Source::Values(items.into_iter());
        Self { rest, depth }
    }

    pub(super) fn bytes(bytes: Vec<u8>) -> Self {
        let rest = Source::Bytes(bytes.into_iter());
        Self { rest, depth: 0 }
    }

    /// Shows all items to the visitor, which must want every one of them.
    pub(super) fn visit<'de, V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        let length = self.left();
        let result = visitor.visit_seq(&mut self)?;
        let taken = length - self.left();
        if taken < length {
            return Err(Error::invalid_length(length, &&*format!("{taken} items")));
        }
        Ok(result)
    }

    fn left(&self) -> usize {
        match &self.rest {
            Source::Values(items) => items.len(),
            Source::Bytes(bytes) => bytes.len(),
        }
    }
}

impl<'de> SeqAccess<'de> for &mut Items {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let item = match &mut self.rest {
            Source::Values(items) => items.next(),
            Source::Bytes(bytes) => bytes.next().map(|byte| Value::Int(byte.into())),
        };
        let depth = self.depth;
        item.map(|value| seed.deserialize(ValueDeserializer { value, depth }))
            .transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left())
    }
}

/// What is left of a map.
pub(super) struct Pairs {
    rest: std::vec::IntoIter<(Value, Value)>,
    value: Option<Value>,
    depth: usize,
}

impl Pairs {
    pub(super) fn new(pairs: Vec<(Value, Value)>, depth: usize) -> Self {
        Self {
            rest: pairs.into_iter(),
            value: None,
            depth,
        }
    }

    /// Shows all pairs to the visitor, which must want every one of them.
    pub(super) fn visit<'de, V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        let length = self.rest.len();
        let result = visitor.visit_map(&mut self)?;
        let taken = length - self.rest.len();
        if taken < length {
            return Err(Error::invalid_length(length, &&*format!("{taken} pairs")));
        }
        Ok(result)
    }
}

impl<'de> MapAccess<'de> for &mut Pairs {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let Some((key, value)) = self.rest.next() else {
            return Ok(None);
        };
        self.value = Some(value);
        let depth = self.depth;
        seed.deserialize(ValueDeserializer { value: key, depth })
            .map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let Some(value) = self.value.take() else {
            return Err(Error::custom("a value asked for before its key"));
        };
        let depth = self.depth;
        seed.deserialize(ValueDeserializer { value, depth })
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// A variant and its data.
pub(super) struct EnumData {
    variant: String,
    data: Option<Value>,
    depth: usize,
}

impl EnumData {
    pub(super) fn unit(variant: String, depth: usize) -> Self {
        let data = None;
        Self {
            variant,
            data,
            depth,
        }
    }

    pub(super) fn with_data(variant: String, data: Value, depth: usize) -> Self {
        let data = Some(data);
        Self {
            variant,
            data,
            depth,
        }
    }

    fn data(self) -> Result<ValueDeserializer, Error> {
        let depth = self.depth;
        match self.data {
            Some(value) => Ok(ValueDeserializer { value, depth }),
            None => Err(Error::custom("a variant without its data")),
        }
    }
}

impl<'de> EnumAccess<'de> for EnumData {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(mut self, seed: V) -> Result<(V::Value, Self), Error> {
        let variant = std::mem::take(&mut self.variant);
        let variant = seed.deserialize(IntoDeserializer::<Error>::into_deserializer(variant))?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for EnumData {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        match self.data {
            None | Some(Value::None) => Ok(()),
            Some(_) => Err(Error::custom("data for a variant that has none")),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self.data()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        self.data()?.deserialize_tuple(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.data()?.deserialize_struct("", fields, visitor)
    }
}
