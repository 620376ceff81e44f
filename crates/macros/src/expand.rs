//! From a Python file to the struct.

mod types;

use std::fs;
use std::path::Path;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Data, DeriveInput, Fields, LitStr, Token};

use crate::docs::markdown;
use crate::python::{self, Default, Function, Kind, Module, Parameter, Type};

/// What the attribute is given.
struct Arguments {
    path: LitStr,
    /// The only implementation of Python that the file is meant for.
    only_for: Option<LitStr>,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> Result<Self, syn::Error> {
        let path = input.parse().map_err(|error| {
            let text = "expected the path of a Python file, as a string";
            syn::Error::new(error.span(), text)
        })?;
        let mut only_for = None;
        if input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            let name: Ident = input.parse()?;
            if name != "only_for" {
                let text = "expected `only_for = \"…\"`, the name of an implementation of Python";
                return Err(syn::Error::new(name.span(), text));
            }
            input.parse::<Token![=]>()?;
            only_for = Some(input.parse()?);
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(Self { path, only_for })
    }
}

/// What the attribute with these arguments makes of an item, for a package in `folder`.
pub(crate) fn board(
    arguments: TokenStream,
    item: TokenStream,
    folder: &Path,
) -> Result<TokenStream, syn::Error> {
    let Arguments { path, only_for } = syn::parse2(arguments)?;
    let item: DeriveInput = syn::parse2(item)?;
    let is_unit = matches!(&item.data, Data::Struct(data) if matches!(data.fields, Fields::Unit));
    if !is_unit || !item.generics.params.is_empty() {
        let text = "expected a struct without fields and parameters, `struct Name;`";
        return Err(syn::Error::new_spanned(&item.ident, text));
    }
    let file = path.value();
    let fail = |text: String| syn::Error::new(path.span(), text);
    if Path::new(&file).is_absolute() {
        return Err(fail(format!(
            "{file} is absolute; expected a path relative to the package's folder"
        )));
    }
    let bytes = fs::read(folder.join(&file))
        .map_err(|error| fail(format!("cannot read {file}: {error}")))?;
    let text = belay_tokenize::decode(&bytes).map_err(|error| {
        let place = error.position(&bytes);
        fail(format!("{file}:{}:{}: {error}", place.line, place.column))
    })?;
    let module = python::read(text).map_err(|error| fail(error.message(&file, text)))?;
    let mut source = quote!(::belay_device::Source::new(#file, 1, #text));
    if let Some(name) = only_for {
        source.extend(quote!(.only_for(#name)));
    }
    Ok(structure(&item, &module, &file, &source))
}

fn structure(item: &DeriveInput, module: &Module, file: &str, source: &TokenStream) -> TokenStream {
    let (visibility, name, attributes) = (&item.vis, &item.ident, &item.attrs);
    let doc = module.doc.as_deref().map(|doc| {
        let doc = markdown(doc);
        quote!(#[doc = ""] #[doc = #doc])
    });
    let fields = module.functions.iter().map(|function| {
        let (name, doc) = (ident(&function.name), field_doc(function));
        quote!(#[doc = #doc] pub #name: ::belay_device::Task)
    });
    let values = module.functions.iter().map(|function| {
        let name = ident(&function.name);
        let mut known = module.names.iter();
        let index = known.position(|known| *known == function.name).unwrap_or(0);
        quote!(#name: tasks[#index].clone())
    });
    let methods = module.functions.iter().map(method);
    let new = format!("Sends `{file}` to the board: runs it there, and keeps its functions.");
    quote! {
        #(#attributes)*
        #doc
        #[allow(dead_code, non_snake_case, rustdoc::all)]
        #visibility struct #name {
            #(#fields,)*
        }

        // The compiler learns here which file the crate depends on.
        const _: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/", #file));

        #[allow(dead_code, non_snake_case, rustdoc::all, clippy::all, clippy::pedantic)]
        impl #name {
            #[doc = #new]
            pub fn new(
                device: &mut ::belay_device::Device,
            ) -> ::core::result::Result<Self, ::belay_device::Error> {
                let tasks = device.tasks(#source)?;
                ::core::result::Result::Ok(Self { #(#values,)* })
            }

            #(#methods)*
        }
    }
}

fn field_doc(function: &Function) -> String {
    format!(
        "The function `{}` as a task, for batches, threads and generators.",
        function.name
    )
}

/// The method that calls a function.
fn method(function: &Function) -> TokenStream {
    // A parameter may have any of these names, too.
    let [device, arguments, by_name, value] = ["device", "arguments", "by_name", "value"]
        .map(|name| Ident::new(name, Span::mixed_site()));
    let name = ident(&function.name);
    let doc = match &function.doc {
        Some(doc) => markdown(doc),
        None => format!("Calls `{}` on the board.", function.name),
    };
    let parameters = function.parameters.iter().map(|parameter| {
        let (name, of) = (ident(&parameter.name), parameter_type(parameter));
        quote!(#name: #of)
    });
    let steps = function
        .parameters
        .iter()
        .map(|parameter| step(parameter, &arguments, &by_name, &value));
    let collect = quote! {
        let mut #arguments = ::belay_device::Arguments::new();
        #[allow(unused_mut, unused_variables)]
        let mut #by_name = false;
        #(#steps)*
    };
    let result = types::owned(&function.result);
    if function.is_generator {
        return quote! {
            #[doc = #doc]
            pub fn #name<'device>(
                &self,
                #device: &'device mut ::belay_device::Device,
                #(#parameters,)*
            ) -> ::core::result::Result<
                ::belay_device::Values<'device, #result>,
                ::belay_device::Error,
            > {
                #collect
                let #value = self.#name.generate(#device, #arguments)?;
                ::core::result::Result::Ok(#value.iter(#device))
            }
        };
    }
    quote! {
        #[doc = #doc]
        pub fn #name(
            &self,
            #device: &mut ::belay_device::Device,
            #(#parameters,)*
        ) -> ::core::result::Result<#result, ::belay_device::Error> {
            #collect
            self.#name.call(#device, #arguments)
        }
    }
}

fn parameter_type(parameter: &Parameter) -> TokenStream {
    match (parameter.kind, parameter.default) {
        (Kind::Rest, _) => types::owned(&Type::List(Box::new(parameter.of.clone()))),
        (Kind::RestByName, _) => {
            types::owned(&Type::Dict(Box::new((Type::Str, parameter.of.clone()))))
        }
        (_, None) => types::argument(&parameter.of),
        (_, Some(default)) => {
            let of = types::argument(left_out(&parameter.of, default));
            if parameter.of == Type::Any {
                // A caller who leaves out an argument could not say of which type it is not.
                return quote!(::core::option::Option<::belay_device::Value>);
            }
            quote!(::core::option::Option<#of>)
        }
    }
}

/// The type of an argument that is not left out. `None` is, where it is the default.
fn left_out(of: &Type, default: Default) -> &Type {
    match of {
        Type::Optional(inner) if default == Default::None => inner,
        _ => of,
    }
}

/// The statement that adds an argument.
fn step(parameter: &Parameter, arguments: &Ident, by_name: &Ident, value: &Ident) -> TokenStream {
    let (name, python) = (ident(&parameter.name), &parameter.name);
    let (kind, default) = (parameter.kind, parameter.default);
    let of = default.map_or(&parameter.of, |default| left_out(&parameter.of, default));
    let given = types::value(of, &quote!(#value));
    match (kind, default) {
        (Kind::Rest, _) => quote! {
            for #value in #name {
                #arguments = #arguments.value(#given)?;
            }
        },
        (Kind::RestByName, _) => {
            let key = Ident::new("key", Span::mixed_site());
            quote! {
                for (#key, #value) in #name {
                    #arguments = #arguments.keyword(&#key, #given)?;
                }
            }
        }
        (Kind::Positional, None) => {
            let given = types::value(of, &quote!(#name));
            quote!(#arguments = #arguments.value(#given)?;)
        }
        (Kind::Keyword, None) => {
            let given = types::value(of, &quote!(#name));
            quote!(#arguments = #arguments.keyword(#python, #given)?;)
        }
        (Kind::Positional, Some(_)) => quote! {
            match #name {
                ::core::option::Option::Some(#value) if #by_name => {
                    #arguments = #arguments.keyword(#python, #given)?;
                }
                ::core::option::Option::Some(#value) => {
                    #arguments = #arguments.value(#given)?;
                }
                ::core::option::Option::None => #by_name = true,
            }
        },
        (Kind::Keyword, Some(_)) => quote! {
            if let ::core::option::Option::Some(#value) = #name {
                #arguments = #arguments.keyword(#python, #given)?;
            }
        },
    }
}

/// A Python name in Rust.
fn ident(name: &str) -> Ident {
    match syn::parse_str::<Ident>(name) {
        Ok(ident) => ident,
        Err(_) if matches!(name, "self" | "Self" | "super" | "crate" | "_") => {
            format_ident!("{name}_")
        }
        Err(_) => Ident::new_raw(name, Span::call_site()),
    }
}

#[cfg(test)]
mod tests;
