use super::*;

/// Tokens as text, whatever stands between them.
fn dense(tokens: &TokenStream) -> String {
    tokens.to_string().replace(' ', "")
}

/// What the macro makes of a file with this text.
fn expand(text: &str, item: TokenStream) -> Result<String, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    fs::write(folder.path().join("a.py"), text).map_err(|error| error.to_string())?;
    let tokens = board(quote!("a.py"), item, folder.path());
    tokens
        .map(|tokens| dense(&tokens))
        .map_err(|error| error.to_string())
}

#[track_caller]
fn check(signature: &str, expected: &TokenStream) {
    let found = expand(
        &format!("def {signature}: pass\n"),
        quote!(
            struct A;
        ),
    )
    .unwrap_or_else(|e| e);
    assert!(found.contains(&dense(expected)), "{signature}\n{found}");
}

#[test]
fn signatures_are_typed() {
    check(
        "f(a: int, b: str, c: bytes = b'') -> list[str]",
        &quote! {
            pub fn f(
                &self,
                device: &mut ::belay_device::Device,
                a: i64,
                b: &str,
                c: ::core::option::Option<&[u8]>,
            ) -> ::core::result::Result<
                ::std::vec::Vec<::std::string::String>, ::belay_device::Error>
        },
    );
    check(
        "type(self, device, x=1) -> None",
        &quote! {
            pub fn r#type(
                &self,
                device: &mut ::belay_device::Device,
                self_: impl ::belay_device::Operand,
                device: impl ::belay_device::Operand,
                x: ::core::option::Option<::belay_device::Value>,
            ) -> ::core::result::Result<(), ::belay_device::Error>
        },
    );
    check(
        "f(a: int | None = 1)",
        &quote!(a: ::core::option::Option<::core::option::Option<i64>>,),
    );
    check(
        "f(a: int | None = None)",
        &quote!(a: ::core::option::Option<i64>,),
    );
    check("f(a: int = None)", &quote!(a: ::core::option::Option<i64>,));
    check(
        "f(a: dict[str, tuple[int, float]])",
        &quote!(a: ::std::collections::BTreeMap<::std::string::String, (i64, f64,)>,),
    );
}

#[test]
fn the_struct_keeps_its_attributes_and_tasks_their_order() {
    let text = "'''Doc.'''\ndef _a(): pass\ndef b(): pass\n";
    let found = expand(
        text,
        quote!(
            #[derive(Debug)]
            pub(crate) struct A;
        ),
    )
    .unwrap_or_else(|e| e);
    for expected in &[
        quote!(#[derive(Debug)] #[doc = ""] #[doc = "Doc."]),
        quote!(b: tasks[1usize].clone()),
        quote!(pub(crate) struct A),
        quote!(include_bytes!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/",
            "a.py"
        ))),
    ] {
        assert!(found.contains(&dense(expected)), "{found}");
    }
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let error = |text: &str, item| expand(text, item).expect_err(text);
    assert_eq!(
        error(
            "x = (\n",
            quote!(
                struct A;
            )
        ),
        "a.py:1:5: '(' is not closed"
    );
    let shape = "expected a struct without fields and parameters, `struct Name;`";
    assert_eq!(
        error(
            "",
            quote!(
                struct A {
                    b: u8,
                }
            )
        ),
        shape
    );
    assert_eq!(
        error(
            "",
            quote!(
                enum A {}
            )
        ),
        shape
    );
    assert_eq!(
        error(
            "",
            quote!(
                struct A<T>;
            )
        ),
        shape
    );
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fails = |path| {
        board(
            path,
            quote!(
                struct A;
            ),
            folder,
        )
        .expect_err("a path")
        .to_string()
    };
    assert!(fails(quote!("no.py")).starts_with("cannot read no.py: "));
    assert!(fails(quote!("/a.py")).contains("absolute"));
    assert!(fails(quote!(3)).contains("the path of a Python file"));
    assert!(fails(quote!("a.py", other = "x")).contains("only_for"));
    assert!(fails(quote!("a.py", only_for = 3)).contains("string"));
    assert!(fails(quote!("a.py" only_for)).contains("unexpected token"));
}
