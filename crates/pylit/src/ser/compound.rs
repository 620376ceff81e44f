//! Sequences, maps and what is made of them.

use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

use super::ValueSerializer;
use crate::error::Error;
use crate::value::{Value, check_hashable, unique_keys};

/// A list or tuple in the making.
pub(super) struct Items {
    inner: ValueSerializer,
    finish: fn(Vec<Value>) -> Value,
    done: Vec<Value>,
}

/// A dict in the making.
pub(super) struct Entries {
    inner: ValueSerializer,
    key: Option<Value>,
    pairs: Vec<(Value, Value)>,
}

/// The data of an enum variant in the making.
pub(super) struct Variant<T> {
    pub(super) variant: &'static str,
    pub(super) inner: T,
}

/// An enum variant with its data.
pub(super) fn variant(variant: &str, data: Value) -> Value {
    Value::Dict(vec![(variant.into(), data)])
}

impl Items {
    pub(super) fn new(
        inner: ValueSerializer,
        finish: fn(Vec<Value>) -> Value,
        length: Option<usize>,
    ) -> Self {
        /// A length is a promise of the data's, which need not hold.
        const TRUSTED: usize = 4096;

        Self {
            inner,
            finish,
            done: Vec::with_capacity(length.unwrap_or(0).min(TRUSTED)),
        }
    }

    fn push<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Error> {
        self.done.push(item.serialize(self.inner)?);
        Ok(())
    }

    fn finish(self) -> Value {
        (self.finish)(self.done)
    }
}

impl Entries {
    pub(super) fn new(inner: ValueSerializer) -> Self {
        Self {
            inner,
            key: None,
            pairs: Vec::new(),
        }
    }

    fn key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        let key = key.serialize(self.inner)?;
        check_hashable(&key).map_err(|type_name| Error::UnhashableKey { type_name })?;
        self.key = Some(key);
        Ok(())
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let Some(key) = self.key.take() else {
            return Err(serde::ser::Error::custom("a value without a key"));
        };
        self.pairs.push((key, value.serialize(self.inner)?));
        Ok(())
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Error> {
        self.key = Some(name.into());
        self.value(value)
    }

    fn finish(self) -> Value {
        Value::Dict(unique_keys(self.pairs))
    }
}

/// Implements serde's traits for collecting on top of the methods above.
macro_rules! collect {
    ($($trait:ident for $type:ty: $method:ident($($name:ident: $kind:ty)?), |$this:ident| $target:expr, $end:expr;)*) => {
        $(impl $trait for $type {
            type Ok = Value;
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(
                &mut self,
                $($name: $kind,)?
                value: &T,
            ) -> Result<(), Error> {
                let $this = self;
                collect!(@call $target, value $(, $name)?)
            }

            fn end(self) -> Result<Value, Error> {
                let $this = self;
                Ok($end)
            }
        })*
    };
    (@call $target:expr, $value:ident) => { $target.push($value) };
    (@call $target:expr, $value:ident, $name:ident) => { $target.field($name, $value) };
}

collect! {
    SerializeSeq for Items: serialize_element(), |this| this, this.finish();
    SerializeTuple for Items: serialize_element(), |this| this, this.finish();
    SerializeTupleStruct for Items: serialize_field(), |this| this, this.finish();
    SerializeTupleVariant for Variant<Items>: serialize_field(), |this| this.inner,
        variant(this.variant, this.inner.finish());
    SerializeStruct for Entries: serialize_field(name: &'static str), |this| this, this.finish();
    SerializeStructVariant for Variant<Entries>: serialize_field(name: &'static str),
        |this| this.inner, variant(this.variant, this.inner.finish());
}

impl SerializeMap for Entries {
    type Ok = Value;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.value(value)
    }

    fn end(self) -> Result<Value, Error> {
        Ok(self.finish())
    }
}
