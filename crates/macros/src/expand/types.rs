//! Types of Python in Rust, and how their values become arguments.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use crate::python::Type;

/// The type of a result, and of what is inside of other types.
pub(super) fn owned(of: &Type) -> TokenStream {
    match of {
        Type::Any => quote!(::belay_device::Value),
        Type::None => quote!(()),
        Type::Bool => quote!(bool),
        Type::Int => quote!(i64),
        Type::Unsigned => quote!(u64),
        Type::Float => quote!(f64),
        Type::Str => quote!(::std::string::String),
        Type::Bytes | Type::ByteArray => quote!(::std::vec::Vec<u8>),
        Type::List(item) | Type::Set(item) | Type::FrozenSet(item) | Type::Items(item) => {
            let item = owned(item);
            quote!(::std::vec::Vec<#item>)
        }
        Type::Tuple(items) => {
            let items = items.iter().map(owned);
            quote!((#(#items,)*))
        }
        Type::Dict(pair) => {
            let (key, value) = (owned(&pair.0), owned(&pair.1));
            quote!(::std::collections::BTreeMap<#key, #value>)
        }
        Type::Optional(inner) => {
            let inner = owned(inner);
            quote!(::core::option::Option<#inner>)
        }
    }
}

/// The type of an argument.
pub(super) fn argument(of: &Type) -> TokenStream {
    match of {
        Type::Any => quote!(impl ::belay_device::Operand),
        Type::Str => quote!(&str),
        Type::Bytes | Type::ByteArray => quote!(&[u8]),
        Type::Optional(inner) if matches!(**inner, Type::Str | Type::Bytes | Type::ByteArray) => {
            let inner = argument(inner);
            quote!(::core::option::Option<#inner>)
        }
        _ => owned(of),
    }
}

/// What an argument is sent as. An expression of either of the two types above becomes what the
/// annotation says, where serde would make a list of it.
pub(super) fn value(of: &Type, expression: &TokenStream) -> TokenStream {
    match of {
        Type::Any
        | Type::None
        | Type::Bool
        | Type::Int
        | Type::Unsigned
        | Type::Float
        | Type::Str => expression.clone(),
        Type::Optional(inner) if is_plain(inner) => expression.clone(),
        _ => whole(of, expression),
    }
}

fn is_plain(of: &Type) -> bool {
    use Type::{Bool, Float, Int, Str, Unsigned};
    matches!(of, Bool | Int | Unsigned | Float | Str)
}

/// An expression of type `Value`.
fn whole(of: &Type, expression: &TokenStream) -> TokenStream {
    let item = Ident::new("item", Span::mixed_site());
    let each = |inner: &Type| {
        let inner = whole(inner, &quote!(#item));
        quote!(#expression.into_iter().map(|#item| #inner).collect())
    };
    match of {
        Type::Any => quote!(#expression),
        Type::None => quote!({
            let () = #expression;
            ::belay_device::Value::None
        }),
        Type::Bool | Type::Int | Type::Unsigned | Type::Float | Type::Str => {
            quote!(::belay_device::Value::from(#expression))
        }
        Type::Bytes => quote!(::belay_device::Value::Bytes(#expression.to_vec())),
        Type::ByteArray => quote!(::belay_device::Value::ByteArray(#expression.to_vec())),
        Type::List(inner) => {
            let items = each(inner);
            quote!(::belay_device::Value::List(#items))
        }
        Type::Items(inner) => {
            let items = each(inner);
            quote!(::belay_device::Value::Tuple(#items))
        }
        Type::Set(inner) => {
            let items = each(inner);
            quote!(::belay_device::Value::Set(#items))
        }
        Type::FrozenSet(inner) => {
            let items = each(inner);
            quote!(::belay_device::Value::FrozenSet(#items))
        }
        Type::Tuple(items) => {
            let names: Vec<Ident> = (0..items.len())
                .map(|index| Ident::new(&format!("item{index}"), Span::mixed_site()))
                .collect();
            let values = items
                .iter()
                .zip(&names)
                .map(|(of, name)| whole(of, &quote!(#name)));
            quote!({
                let (#(#names,)*) = #expression;
                ::belay_device::Value::Tuple(::std::vec![#(#values,)*])
            })
        }
        Type::Dict(pair) => {
            let key = Ident::new("key", Span::mixed_site());
            let (k, v) = (
                whole(&pair.0, &quote!(#key)),
                whole(&pair.1, &quote!(#item)),
            );
            quote!(::belay_device::Value::Dict(
                #expression.into_iter().map(|(#key, #item)| (#k, #v)).collect()
            ))
        }
        Type::Optional(inner) => {
            let inner = whole(inner, &quote!(#item));
            quote!(match #expression {
                ::core::option::Option::Some(#item) => #inner,
                ::core::option::Option::None => ::belay_device::Value::None,
            })
        }
    }
}
