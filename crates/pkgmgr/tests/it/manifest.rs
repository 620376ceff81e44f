//! Manifests come to what running them in Python does.

use std::path::{Path, PathBuf};
use std::process::Command;

use belay_pkgmgr::{Constant, Manifest, ManifestOptions, ManifestStep};
use serde_json::{Value, json};

fn constant(constant: &Constant) -> Value {
    match constant {
        Constant::None => Value::Null,
        Constant::Bool(value) => json!(value),
        Constant::Integer(value) => json!(value),
        Constant::Text(text) => json!(text),
        Constant::List(items) => items.iter().map(self::constant).collect(),
    }
}

fn options(options: &ManifestOptions) -> Value {
    let options = options
        .iter()
        .map(|(name, value)| (name.clone(), constant(value)));
    Value::Object(options.collect())
}

fn step(step: &ManifestStep) -> Value {
    match step {
        ManifestStep::Module { path, base } => json!({ "module": path, "base": base }),
        ManifestStep::Package { path, files, base } => {
            json!({ "package": path, "files": files, "base": base })
        }
        ManifestStep::Require(require) => json!({
            "require": require.name,
            "version": require.version,
            "library": require.library,
            "options": options(&require.options),
        }),
        ManifestStep::Include {
            paths,
            options: given,
        } => {
            json!({ "include": paths, "options": options(given) })
        }
        ManifestStep::AddLibrary {
            name,
            path,
            prepend,
        } => {
            json!({ "library": name, "path": path, "prepend": prepend })
        }
        other => panic!("an unknown step: {other:?}"),
    }
}

#[test]
fn manifests_come_to_the_same_in_python() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut files: Vec<PathBuf> = std::fs::read_dir(data.join("manifests"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let output = Command::new("python3")
        .arg(data.join("oracle/manifest.py"))
        .args(&files)
        .output()
        .expect("python3");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let notes: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(notes.len(), files.len());
    for (file, notes) in files.iter().zip(notes) {
        let text = std::fs::read_to_string(file).unwrap();
        let given = ManifestOptions::from([("x".to_owned(), Constant::Bool(true))]);
        let manifest = Manifest::parse(&text, &given).unwrap_or_else(|error| {
            panic!("{}:{error}", file.display());
        });
        let steps: Vec<Value> = manifest.steps.iter().map(step).collect();
        assert_eq!(json!(steps), notes["steps"], "{}", file.display());
        let metadata = manifest.metadata;
        assert_eq!(json!(metadata.version), notes["metadata"]["version"]);
        assert_eq!(
            json!(metadata.description),
            notes["metadata"]["description"]
        );
        assert_eq!(json!(metadata.license), notes["metadata"]["license"]);
        assert_eq!(json!(metadata.author), notes["metadata"]["author"]);
    }
}
