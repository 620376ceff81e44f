//! Annotations as types.

use belay_tokenize::TokenKind;

use super::{Code, is_code, string};

/// The longest tuple that serde takes and that can be a key.
const LONGEST_TUPLE: usize = 12;

/// What an annotation says of a value, as far as Rust has a type for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Type {
    /// No annotation, or one that says nothing here.
    Any,
    None,
    Bool,
    Int,
    /// Viper's `uint`.
    Unsigned,
    Float,
    Str,
    Bytes,
    ByteArray,
    List(Box<Type>),
    Set(Box<Type>),
    FrozenSet(Box<Type>),
    /// A tuple of any length, `tuple[T, ...]`.
    Items(Box<Type>),
    Tuple(Vec<Type>),
    Dict(Box<(Type, Type)>),
    Optional(Box<Type>),
}

impl Type {
    /// Whether it can be the key of an ordered map.
    fn is_key(&self) -> bool {
        match self {
            Self::Bool | Self::Int | Self::Unsigned | Self::Str | Self::Bytes => true,
            Self::Tuple(items) => items.iter().all(Self::is_key),
            _ => false,
        }
    }

    fn named_in(code: Code<'_>) -> Self {
        code.annotation()
    }

    fn yielded_in(code: Code<'_>) -> Self {
        code.yielded()
    }

    fn union(members: Vec<Self>) -> Self {
        let mut kinds: Vec<Self> = Vec::new();
        let mut optional = false;
        for member in members {
            let member = match member {
                Self::None => {
                    optional = true;
                    continue;
                }
                Self::Optional(inner) => {
                    optional = true;
                    *inner
                }
                other => other,
            };
            if !kinds.contains(&member) {
                kinds.push(member);
            }
        }
        let one = match kinds.as_slice() {
            [] => return Self::None,
            [one] => one.clone(),
            // An integer is a float wherever one is expected, in Python as in the results here.
            [Self::Int, Self::Float] | [Self::Float, Self::Int] => Self::Float,
            _ => Self::Any,
        };
        match one {
            // `Any` has `None` among its values.
            Self::Any => Self::Any,
            one if optional => Self::Optional(Box::new(one)),
            one => one,
        }
    }
}

impl<'a> Code<'a> {
    /// The type that these tokens name.
    pub(super) fn annotation(self) -> Type {
        let members = self.split(|word| word == "|");
        if members.len() > 1 {
            return Type::union(members.into_iter().map(Self::annotation).collect());
        }
        if self.tokens.len() == 1 && self.kind(0) == Some(TokenKind::String) {
            return quoted(self.word(0), Type::named_in);
        }
        let Some((name, arguments)) = self.named() else {
            return Type::Any;
        };
        let types = || arguments.iter().map(|code| code.annotation());
        let first = || Box::new(types().next().unwrap_or(Type::Any));
        match name {
            "None" => Type::None,
            "bool" => Type::Bool,
            "int" => Type::Int,
            "uint" => Type::Unsigned,
            "float" => Type::Float,
            "str" => Type::Str,
            "bytes" | "memoryview" => Type::Bytes,
            "bytearray" => Type::ByteArray,
            "list" | "List" | "Sequence" | "MutableSequence" => Type::List(first()),
            "set" | "Set" => Type::Set(first()),
            "frozenset" | "FrozenSet" => Type::FrozenSet(first()),
            "tuple" | "Tuple" => match arguments.as_slice() {
                [_, dots] if dots.word(0) == "..." => Type::Items(first()),
                [_, ..] if arguments.len() <= LONGEST_TUPLE => Type::Tuple(types().collect()),
                _ => Type::Any,
            },
            "dict" | "Dict" | "Mapping" | "MutableMapping" => {
                match (types().next(), types().nth(1)) {
                    (Some(key), Some(value)) if key.is_key() => Type::Dict(Box::new((key, value))),
                    _ => Type::Any,
                }
            }
            "Optional" => Type::union(vec![*first(), Type::None]),
            "Union" => Type::union(types().collect()),
            "Annotated" | "Final" => *first(),
            _ => Type::Any,
        }
    }

    /// The type of a generator's values.
    pub(super) fn yielded(self) -> Type {
        if self.tokens.len() == 1 && self.kind(0) == Some(TokenKind::String) {
            return quoted(self.word(0), Type::yielded_in);
        }
        match self.named() {
            Some(("Iterator" | "Generator" | "Iterable", arguments)) => {
                let first = arguments.first();
                first.map_or(Type::Any, |code| code.annotation())
            }
            _ => Type::Any,
        }
    }

    /// The last part of a dotted name, and what stands in brackets behind it.
    fn named(self) -> Option<(&'a str, Vec<Self>)> {
        let mut last = 0;
        while self.word(last + 1) == "." {
            last += 2;
        }
        let name = self.word(last);
        let open = last + 1;
        if open >= self.tokens.len() {
            return Some((name, Vec::new()));
        }
        let close = self.tokens.len() - 1;
        let is_subscript = self.word(open) == "[" && self.word(close) == "]";
        is_subscript.then(|| {
            let inside = self.to(close).from(open + 1);
            (name, inside.split(|word| word == ","))
        })
    }
}

/// An annotation that is written as a string.
fn quoted(literal: &str, read: fn(Code<'_>) -> Type) -> Type {
    let Some(text) = string(literal) else {
        return Type::Any;
    };
    let Ok(mut tokens) = belay_tokenize::tokenize(&text) else {
        return Type::Any;
    };
    tokens.retain(|token| is_code(token) && token.kind != TokenKind::Newline);
    if tokens.is_empty() {
        return Type::Any;
    }
    read(Code {
        text: &text,
        tokens: &tokens,
    })
}
