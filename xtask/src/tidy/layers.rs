//! The arrows of ARCHITECTURE.md: which crate may use which.

use super::manifests::{Dependency, Kind, Package};
use super::{Violation, source};

/// What one crate may use of the workspace.
struct Layer {
    package: &'static str,
    may_use: &'static [&'static str],
    /// No files, network, threads, clock, environment.
    pure: bool,
}

const TRANSPORT: &str = "belay-transport";
const TOKENIZE: &str = "belay-tokenize";
const RAWREPL: &str = "belay-rawrepl";
const PYLIT: &str = "belay-pylit";
const MINIFY: &str = "belay-minify";
const INSTRUMENT: &str = "belay-instrument";
const SYNC: &str = "belay-sync";
const PKGMGR: &str = "belay-pkgmgr";
const MACROS: &str = "belay-macros";
const DEVICE: &str = "belay-device";
const DEPLOY: &str = "belay-deploy";
const TESTING: &str = "belay-testing";
const MOUNT: &str = "belay-mount";
const SIM: &str = "belay-sim";
const CLI: &str = "belay";
const PYTHON: &str = "belay-python";

#[rustfmt::skip]
const LAYERS: &[Layer] = &[
    // The floor: what Python text is made of.
    Layer { package: TOKENIZE, may_use: &[], pure: true },
    Layer { package: PYLIT, may_use: &[], pure: true },
    // L0: none of these knows another one.
    Layer { package: RAWREPL, may_use: &[], pure: true },
    Layer { package: MINIFY, may_use: &[TOKENIZE], pure: true },
    Layer { package: INSTRUMENT, may_use: &[TOKENIZE], pure: true },
    Layer { package: TRANSPORT, may_use: &[], pure: false },
    Layer { package: SYNC, may_use: &[], pure: false },
    Layer { package: PKGMGR, may_use: &[TOKENIZE, PYLIT], pure: false },
    // L1
    Layer { package: MACROS, may_use: &[TOKENIZE, PYLIT], pure: false },
    Layer {
        package: DEVICE,
        may_use: &[TRANSPORT, RAWREPL, TOKENIZE, PYLIT, MINIFY, MACROS, SYNC, PKGMGR],
        pure: false,
    },
    Layer { package: DEPLOY, may_use: &[DEVICE, TRANSPORT, TOKENIZE, MINIFY, SYNC], pure: false },
    Layer { package: MOUNT, may_use: &[DEVICE, TRANSPORT, TOKENIZE, PYLIT], pure: false },
    Layer {
        package: TESTING,
        may_use: &[DEVICE, TRANSPORT, TOKENIZE, MINIFY, INSTRUMENT, SYNC],
        pure: false,
    },
    Layer {
        package: CLI,
        may_use: &[DEPLOY, MOUNT, TESTING, DEVICE, TRANSPORT, RAWREPL, TOKENIZE, PYLIT, MINIFY, INSTRUMENT, SYNC, PKGMGR, SIM],
        pure: false,
    },
    Layer {
        package: PYTHON,
        may_use: &[CLI, DEPLOY, MOUNT, TESTING, DEVICE, TRANSPORT, RAWREPL, TOKENIZE, PYLIT, MINIFY, INSTRUMENT, SYNC, PKGMGR, SIM],
        pure: false,
    },
    Layer { package: SIM, may_use: &[], pure: false },
    Layer { package: "xtask", may_use: &[], pure: false },
];

/// The crates whose own tests may not use the simulator either.
const APART: &[&str] = &[SIM, "xtask"];

/// Checks every dependency on a crate of the workspace.
pub(super) fn check(packages: &[Package]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for package in packages {
        let Some(layer) = layer_of(&package.name) else {
            violations.push(Violation::new(
                &package.manifest,
                package.line_of("name"),
                format!(
                    "`{}` stands in no layer; add it to LAYERS in xtask/src/tidy/layers.rs \
                     and to the picture in ARCHITECTURE.md",
                    package.name
                ),
            ));
            continue;
        };
        for dependency in &package.dependencies {
            if !dependency.in_workspace {
                continue;
            }
            if let Some(text) = objection(layer, dependency) {
                let line = package.line_of(&dependency.name);
                violations.push(Violation::new(&package.manifest, line, text));
            }
        }
    }
    violations
}

/// What is wrong with the dependency, if something is.
fn objection(layer: &Layer, dependency: &Dependency) -> Option<String> {
    let name = layer.package;
    let target = dependency.name.as_str();
    if layer.may_use.contains(&target) {
        let optional = dependency.optional || dependency.kind == Kind::Development;
        return (target == SIM && !optional).then(|| {
            format!("`{name}` uses the simulator always; make `{SIM}` optional, behind a feature")
        });
    }
    if target == SIM && dependency.kind == Kind::Development && !APART.contains(&name) {
        return dependency.versioned.then(|| {
            format!(
                "`{SIM}` as a dev-dependency carries a version, so `{name}` could not be \
                 published before it; give its `path` alone"
            )
        });
    }
    Some(match layer.may_use {
        [] => format!("`{name}` may use no crate of the workspace; remove `{target}`"),
        some => format!(
            "`{name}` may not use `{target}`, only {}; move the code or the arrow",
            some.join(", ")
        ),
    })
}

/// Whether the file is code, tests apart, of a crate that must stay pure.
pub(super) fn is_pure_source(packages: &[Package], path: &str) -> bool {
    packages.iter().any(|package| {
        layer_of(&package.name).is_some_and(|layer| layer.pure)
            && path
                .strip_prefix(package.folder())
                .and_then(|rest| rest.strip_prefix("/src/"))
                .is_some_and(|rest| {
                    source::Kind::of(rest) == Some(source::Kind::Rust)
                        && !rest.ends_with("tests.rs")
                })
    })
}

fn layer_of(name: &str) -> Option<&'static Layer> {
    LAYERS.iter().find(|layer| layer.package == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, dependencies: Vec<Dependency>) -> Package {
        Package {
            name: name.to_owned(),
            manifest: "crates/x/Cargo.toml".to_owned(),
            manifest_text: format!("[package]\nname = \"{name}\"\n"),
            dependencies,
            published: true,
            missing: Vec::new(),
        }
    }

    fn on(name: &str, kind: Kind) -> Dependency {
        Dependency {
            name: name.to_owned(),
            kind,
            optional: false,
            versioned: true,
            in_workspace: true,
        }
    }

    #[track_caller]
    fn check_one(user: &str, dependency: Dependency, expected: &str) {
        let found = check(&[package(user, vec![dependency])]);
        match (found.as_slice(), expected) {
            ([], "") => {}
            ([one], _) if !expected.is_empty() => {
                assert!(one.text.contains(expected), "{one}");
            }
            (found, _) => panic!("{user}: {found:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn arrows_point_down() {
        let normal = |name| on(name, Kind::Normal);
        check_one(DEVICE, normal(TRANSPORT), "");
        check_one(DEVICE, normal(SYNC), "");
        check_one(DEVICE, normal(MACROS), "");
        check_one(MACROS, normal(TOKENIZE), "");
        check_one(MINIFY, normal(TOKENIZE), "");
        check_one(PKGMGR, normal(PYLIT), "");
        check_one(TOKENIZE, normal(PYLIT), "may use no crate");
        check_one(INSTRUMENT, normal(MINIFY), "may not use `belay-minify`");
        check_one(MINIFY, normal(PYLIT), "may not use `belay-pylit`");
        check_one(PKGMGR, normal(SYNC), "may not use `belay-sync`");
        check_one(MACROS, normal(DEVICE), "may not use `belay-device`");
        check_one(CLI, normal(DEVICE), "");
        check_one(PYTHON, normal(CLI), "");
        check_one(TRANSPORT, normal(RAWREPL), "may use no crate");
        check_one(SYNC, normal(TRANSPORT), "may use no crate");
        check_one(DEVICE, normal(CLI), "may not use `belay`");
        check_one(DEVICE, normal(SIM), "may not use `belay-sim`");
        check_one(SIM, normal(RAWREPL), "may use no crate");
        check_one("xtask", on(PYLIT, Kind::Build), "may use no crate");
        check_one(RAWREPL, on(PYLIT, Kind::Development), "may use no crate");
    }

    #[test]
    fn the_simulator_is_for_tests_and_behind_a_feature() {
        let development = on(SIM, Kind::Development);
        let path_only = Dependency {
            versioned: false,
            ..development.clone()
        };
        check_one(TRANSPORT, path_only.clone(), "");
        check_one(DEVICE, path_only.clone(), "");
        check_one(CLI, development.clone(), "");
        check_one(DEVICE, development, "`path` alone");
        check_one("xtask", path_only, "may use no crate");

        let normal = on(SIM, Kind::Normal);
        let optional = Dependency {
            optional: true,
            ..normal.clone()
        };
        check_one(CLI, optional, "");
        check_one(CLI, normal, "behind a feature");
    }

    #[test]
    fn foreign_crates_are_nobody_s_business_and_new_crates_need_a_layer() {
        let mut foreign = on("serde", Kind::Normal);
        foreign.in_workspace = false;
        check_one(RAWREPL, foreign, "");
        let found = check(&[package("belay-new", Vec::new())]);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].line, found[0].path.as_str()),
            (2, "crates/x/Cargo.toml")
        );
    }

    #[test]
    fn purity_is_asked_of_code_and_not_of_tests() {
        let packages = [package(RAWREPL, Vec::new()), package("xtask", Vec::new())];
        assert!(is_pure_source(&packages, "crates/x/src/lib.rs"));
        assert!(is_pure_source(&packages, "crates/x/src/a/b.rs"));
        assert!(!is_pure_source(&packages, "crates/x/src/a/tests.rs"));
        assert!(!is_pure_source(&packages, "crates/x/tests/it/main.rs"));
        assert!(!is_pure_source(&packages, "crates/y/src/lib.rs"));
        assert!(!is_pure_source(&packages[1..], "crates/x/src/lib.rs"));
    }
}
