use super::*;

/// The lines that violations name, with the first word in backquotes of each.
fn found(violations: &[Violation]) -> Vec<(usize, &str)> {
    violations
        .iter()
        .map(|v| (v.line, v.text.split('`').nth(1).unwrap_or(&v.text)))
        .collect()
}

#[test]
fn kinds_follow_from_names() {
    let check = |path, expected| assert_eq!(Kind::of(path), expected, "{path}");
    check("crates/a/src/lib.rs", Some(Kind::Rust));
    check("examples/blink.py", Some(Kind::Script));
    check(".ci/run", Some(Kind::Script));
    check("README.md", Some(Kind::Markdown));
    check(".github/workflows/ci.yml", Some(Kind::Settings));
    check("LICENSE-MIT", None);
    check("Cargo.lock", None);
    check(".gitignore", None);
}

#[test]
fn unfinished_code_is_found_and_talk_about_it_is_not() {
    let text = "// todo!() and dbg!(x)\n\
        fn f() { todo!() }\n\
        fn g() { my_dbg!(\"dbg!\"); dbg!(1); }\n\
        #[ignore = \"slow\"]\n\
        #[ignored]\n";
    let violations = check("src/a.rs", Kind::Rust, text);
    assert_eq!(
        found(&violations),
        [(4, "#[ignore"), (2, "todo!"), (3, "dbg!")]
    );
    assert!(check("src/a.py", Kind::Script, text).is_empty());
}

#[test]
fn a_file_has_a_right_length_and_name() {
    let longest = "\n".repeat(LONGEST);
    assert!(check("src/a.rs", Kind::Rust, &longest).is_empty());
    assert!(check("a.md", Kind::Markdown, &longest.repeat(2)).is_empty());
    let longer = format!("{longest}\n");
    for (path, kind) in [("src/a.rs", Kind::Rust), ("a.py", Kind::Script)] {
        let violations = check(path, kind, &longer);
        assert_eq!(violations.len(), 1, "{violations:?}");
        assert!(violations[0].text.contains("801 lines"));
    }
    assert_eq!(check("src/a/mod.rs", Kind::Rust, "").len(), 1);
    assert!(check("src/model.rs", Kind::Rust, "").is_empty());
}

#[test]
fn folders_of_one_machine_are_found_everywhere() {
    for folder in MACHINE_FOLDERS {
        for text in [format!("\nsee {folder}me/x"), format!("\n\"{folder}\"")] {
            let violations = check("a.md", Kind::Markdown, &text);
            assert_eq!(found(&violations), [(2, format!("{folder}…").as_str())]);
        }
        for text in [format!("https://host{folder}x"), format!("${{X}}{folder}")] {
            assert!(check("a.md", Kind::Markdown, &text).is_empty(), "{text}");
        }
    }
}

#[test]
fn pure_code_imports_no_effects() {
    let check = |text: &str, expected: &[(usize, &str)]| {
        let violations = check_pure("src/a.rs", text);
        assert_eq!(found(&violations), expected, "{text}");
    };
    check("use std::fs;\n", &[(1, "std::fs")]);
    check("use std::fs::File;\n", &[(1, "std::fs")]);
    check("pub use std::{fmt, fs::{self, File}};\n", &[(1, "std::fs")]);
    check(
        "\nuse std::{\n    time::{Duration, Instant},\n};\n",
        &[(2, "std::time::Instant")],
    );
    check("fn f() { std::thread::spawn(g); }\n", &[(1, "std::thread")]);
    check(
        "use std::env as e;\nuse std::net::*;\n",
        &[(1, "std::env"), (2, "std::net")],
    );
    check(
        "use std::{fmt, time::Duration};\nuse nostd::fs;\nuse std::fsx;\n",
        &[],
    );
    check(
        "// use std::fs;\n/// [`std::fs`]\nconst X: &str = \"std::fs\";\n",
        &[],
    );
    check("reuse std::fmt;\nlet x = env!(\"X\");\n", &[]);
}

#[test]
fn tests_of_a_pure_crate_may_read_files() {
    let text = "use std::fmt;\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n";
    assert!(check_pure("src/a.rs", text).is_empty());
    let text = "#[cfg(test)]\nmod tests;\nuse std::fs;\nfn f() {}\n";
    assert_eq!(found(&check_pure("src/a.rs", text)), [(3, "std::fs")]);
}
