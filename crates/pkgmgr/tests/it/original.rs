//! What the original Belay understands means the same here.

use belay_pkgmgr::{Config, Forges, Repository, Source};
use serde_json::{Value, json};

#[test]
fn uris_mean_the_same() {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("../data/original/uris.json")).expect("JSON");
    for case in cases {
        let uri = case["uri"].as_str().expect("a URI");
        let source = Source::parse(uri, &Forges::default()).expect(uri);
        let mut meant = match &source {
            Source::Index { name, requirement } => json!({
                "kind": "index",
                "name": name,
                "version": requirement.exact_version().map(ToString::to_string),
            }),
            Source::Repository {
                repository: Repository::Forge { forge, owner, repo },
                path,
                reference,
            } => json!({
                "kind": "forge",
                "forge": forge.name(),
                "user": owner,
                "repo": repo,
                "path": path.as_str(),
                "reference": reference,
                "raw": forge
                    .raw_url(owner, repo, path, reference.as_deref())
                    .trim_end_matches('/'),
            }),
            Source::Url(_) => json!({ "kind": "url" }),
            Source::Local(_) => json!({ "kind": "local" }),
            other => panic!("{uri} gives {other:?}"),
        };
        meant["uri"] = uri.into();
        let name = source.natural_name().map(|name| name.to_string());
        let mut expected = case.clone();
        // Here more names are derived than there, never others. A name taken from `package.json`
        // would be useless, so there the folder or the repository gives it.
        if expected["natural_name"].is_null() || uri.contains(".json") {
            expected["natural_name"] = name.clone().into();
        }
        meant["natural_name"] = name.into();
        assert_eq!(meant, expected, "{uri}");
    }
}

#[test]
fn a_project_means_the_same() {
    let text = include_str!("../data/original/pyproject.toml");
    let expected: Value =
        serde_json::from_str(include_str!("../data/original/pyproject.json")).expect("JSON");
    let config = Config::parse(text).expect("a configuration");
    assert_eq!(
        json!(config.name.as_ref().map(ToString::to_string)),
        expected["name"]
    );
    assert_eq!(json!(config.ignore), expected["ignore"]);
    assert_eq!(json!(config.mpy_version), expected["mpy_version"]);
    assert_eq!(json!(config.package_indices), expected["package_indices"]);
    assert_eq!(
        json!(config.dependencies_path),
        expected["dependencies_path"]
    );

    let groups = expected["group"].as_object().expect("groups");
    assert_eq!(config.groups.len(), 1 + groups.len());
    for group in &config.groups {
        let expected = match group.name.as_str() {
            "main" => json!({ "optional": false, "dependencies": expected["dependencies"] }),
            name => groups[name].clone(),
        };
        assert_eq!(
            json!(group.optional),
            expected["optional"],
            "{}",
            group.name
        );
        let dependencies = expected["dependencies"].as_object().expect("dependencies");
        assert_eq!(group.dependencies.len(), dependencies.len());
        for dependency in &group.dependencies {
            let sources = dependencies[dependency.name.as_str()]
                .as_array()
                .expect("sources");
            assert_eq!(
                dependency.sources.len(),
                sources.len(),
                "{}",
                dependency.name
            );
            for (source, expected) in dependency.sources.iter().zip(sources) {
                // The original writes versions into the URI; the meaning is compared.
                let uri = expected["uri"].as_str().expect("a URI");
                let meant = Source::parse(uri, &config.forges).expect(uri);
                assert_eq!(source.source, meant, "{uri}");
                assert_eq!(json!(source.develop), expected["develop"], "{uri}");
                assert_eq!(
                    json!(source.rename_to_init),
                    expected["rename_to_init"],
                    "{uri}"
                );
            }
        }
    }
}
