//! Bundles of libraries for CircuitPython, as circup installs them.
//!
//! A release of a bundle is a JSON file, which names its libraries with their versions and dependencies, and
//! a zip for each format, `py` for source and `9.x-mpy` and the like for a major version of CircuitPython, whose
//! folder `lib` holds the libraries. See <https://circuitpython.org/libraries>. Both come from strangers:
//! their sizes are bounded, and what leads out of a library is refused.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use zip::ZipArchive;

use crate::error::FetchError;
use crate::git::Limits;
use crate::name::PackagePath;
use crate::package_json::{MAX_INDEX_JSON, PackageJsonError, read, unexpected};

/// The most files in an archive: more than any bundle has, and few enough to be listed.
const MAX_MEMBERS: usize = 100_000;

/// The folder of an archive that holds the libraries.
const LIBRARIES: &str = "lib";

/// What a bundle's JSON says of a library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Library {
    /// Its version, as written.
    pub(crate) version: Option<String>,
    /// The libraries of bundles that it needs.
    pub(crate) dependencies: Vec<String>,
    /// Where its source is kept; empty when the bundle does not say.
    pub(crate) repository: String,
}

/// The archive of a release in one format.
#[derive(Debug)]
pub(crate) struct Archive {
    /// Where it is.
    address: String,
    reader: Mutex<ZipArchive<Cursor<Vec<u8>>>>,
    /// The files of `lib` by their paths there, with their places in the archive.
    members: BTreeMap<String, usize>,
}

impl Archive {
    /// The one at `address`, which is these bytes.
    pub(crate) fn new(address: &str, bytes: Vec<u8>) -> Result<Self, FetchError> {
        let archive = ZipArchive::new(Cursor::new(bytes));
        let archive = archive.map_err(|error| damaged(address, &error))?;
        if archive.len() > MAX_MEMBERS {
            return Err(FetchError::TooMany {
                uri: address.to_owned(),
                limit: MAX_MEMBERS,
            });
        }
        let mut members = BTreeMap::new();
        for name in archive.file_names() {
            if let (Some(path), Some(index)) = (in_libraries(name), archive.index_for_name(name)) {
                members.insert(path.to_owned(), index);
            }
        }
        Ok(Self {
            address: address.to_owned(),
            reader: Mutex::new(archive),
            members,
        })
    }

    /// The paths of a library's files in `lib`: a module, or all in a folder.
    pub(crate) fn files(&self, name: &str) -> Result<Vec<PackagePath>, FetchError> {
        let folder = format!("{name}/");
        let modules = [format!("{name}.py"), format!("{name}.mpy")];
        let own = self
            .members
            .keys()
            .filter(|path| path.starts_with(&folder) || modules.contains(path));
        let paths = own.map(|path| {
            PackagePath::new(path).map_err(|source| FetchError::Path {
                uri: self.address.clone(),
                source,
            })
        });
        paths.collect()
    }

    /// The content of a file in `lib`.
    pub(crate) fn read(&self, path: &str, limits: &Limits) -> Result<Vec<u8>, FetchError> {
        let uri = || format!("{path} of {}", self.address);
        let index = self.members.get(path);
        let index = *index.ok_or_else(|| FetchError::NotFound { uri: uri() })?;
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let file = reader.by_index(index);
        let file = file.map_err(|error| damaged(&self.address, &error))?;
        if file.is_symlink() {
            return Err(FetchError::Archive {
                uri: self.address.clone(),
                reason: format!("{path:?} is a symbolic link"),
            });
        }
        // What the archive says of its size is no more to be trusted than the rest.
        let limit = limits.file_bytes;
        let mut content = Vec::new();
        let mut bounded = file.take(limit.saturating_add(1));
        let read = bounded.read_to_end(&mut content);
        read.map_err(|error| damaged(&self.address, &error))?;
        if content.len() as u64 > limit {
            return Err(FetchError::TooLarge { uri: uri(), limit });
        }
        Ok(content)
    }
}

/// The path of a file in the folder `lib` of an archive, which may be at its top or in one folder.
fn in_libraries(name: &str) -> Option<&str> {
    let (first, rest) = name.split_once('/')?;
    let path = match rest.split_once('/') {
        _ if first == LIBRARIES => rest,
        Some((LIBRARIES, path)) => path,
        _ => return None,
    };
    (!path.is_empty() && !path.ends_with('/')).then_some(path)
}

fn damaged(address: &str, error: &dyn std::error::Error) -> FetchError {
    FetchError::Archive {
        uri: address.to_owned(),
        reason: error.to_string(),
    }
}

/// Reads a bundle's JSON, of at most [`MAX_INDEX_JSON`] bytes. What is no library is left out.
pub(crate) fn parse_libraries(json: &[u8]) -> Result<BTreeMap<String, Library>, PackageJsonError> {
    let value = read(json, MAX_INDEX_JSON)?;
    let entries = value
        .as_object()
        .ok_or_else(|| unexpected("", "an object"))?;
    let library = |value: &Value| {
        let fields = value.as_object()?;
        let dependencies = fields.get("dependencies").and_then(Value::as_array);
        let dependencies = dependencies.into_iter().flatten();
        let repository = fields.get("repo").and_then(Value::as_str);
        Some(Library {
            repository: repository.unwrap_or_default().to_owned(),
            version: fields
                .get("version")
                .and_then(Value::as_str)
                .map(ToOwned::to_owned),
            dependencies: dependencies
                .filter_map(|name| Some(name.as_str()?.to_owned()))
                .collect(),
        })
    };
    let libraries = entries.iter();
    Ok(libraries
        .filter_map(|(name, value)| Some((name.clone(), library(value)?)))
        .collect())
}

/// The name of an archive without its format and its ending: `NAME-9.x-mpy-20251101.zip` is
/// `NAME`, and `-20251101` behind it. `None` for a name that has no format.
pub(crate) fn without_format(name: &str) -> Option<(&str, &str)> {
    let stem = name.strip_suffix(".zip")?;
    let mut formats = stem.match_indices('-').filter_map(|(at, _)| {
        let rest = &stem[at + 1..];
        let end = ["py", "mpy"].into_iter().find_map(|kind| {
            let end = rest.find(kind)? + kind.len();
            let format = &rest[..end];
            let ends = matches!(rest[end..].chars().next(), None | Some('-'));
            (ends && is_format(format)).then_some(end)
        })?;
        Some((&stem[..at], &rest[end..]))
    });
    formats.next_back()
}

/// Whether this is `py`, or `9.x-mpy` for some number.
fn is_format(text: &str) -> bool {
    let number = text.strip_suffix(".x-mpy");
    text == "py"
        || number.is_some_and(|number| {
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(files: &[(&str, &str)]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in files {
            let options = SimpleFileOptions::default();
            writer.start_file(*name, options).expect("a file");
            writer.write_all(content.as_bytes()).expect("a file");
        }
        writer.finish().expect("an archive").into_inner()
    }

    fn bundle(files: &[(&str, &str)]) -> Archive {
        Archive::new("b.zip", archive(files)).expect("a bundle")
    }

    #[test]
    fn a_library_is_a_module_or_a_folder_of_lib() {
        let bundle = bundle(&[
            ("b-py-1/lib/sensor/__init__.py", "x = 1"),
            ("b-py-1/lib/sensor/data/a.bin", "a"),
            ("b-py-1/lib/sensor_more.py", ""),
            ("b-py-1/lib/single.mpy", "C"),
            ("b-py-1/examples/sensor/demo.py", ""),
            ("lib/top.py", "top"),
        ]);
        let files = |name: &str| {
            let files = bundle.files(name).expect("paths");
            files.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(files("sensor"), ["sensor/__init__.py", "sensor/data/a.bin"]);
        assert_eq!(files("single"), ["single.mpy"]);
        assert_eq!(files("top"), ["top.py"]);
        assert_eq!(files("nothing"), [""; 0]);
        let read = |path| bundle.read(path, &Limits::default());
        assert_eq!(read("sensor/__init__.py").expect("a file"), b"x = 1");
        assert!(matches!(read("gone.py"), Err(FetchError::NotFound { .. })));
    }

    #[test]
    fn an_archive_is_not_trusted() {
        for name in [
            "b/lib/s/../../x.py",
            "b/lib/s/C:x",
            "b/lib/s//etc",
            "b/lib/s/.git/config",
        ] {
            let error = bundle(&[(name, "")]).files("s").expect_err(name);
            assert!(matches!(error, FetchError::Path { .. }), "{name}: {error}");
        }
        let bundle = bundle(&[("/lib/s/x.py", ""), ("../lib/s/y.py", "")]);
        let files = bundle.files("s").expect("paths");
        assert!(files.iter().all(|path| path.as_str().starts_with("s/")));

        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default();
        writer
            .add_symlink("b/lib/s.py", "../../x", options)
            .expect("a link");
        writer
            .start_file("b/lib/large.py", options)
            .expect("a file");
        writer.write_all(&[b'x'; 2000]).expect("a file");
        let bytes = writer.finish().expect("an archive").into_inner();
        let linked = Archive::new("b.zip", bytes.clone()).expect("a bundle");
        let mut limits = Limits::default();
        let error = linked.read("s.py", &limits).expect_err("a link");
        assert!(error.to_string().contains("symbolic link"), "{error}");
        limits.file_bytes = 1999;
        let error = linked.read("large.py", &limits).expect_err("too large");
        assert!(matches!(error, FetchError::TooLarge { limit: 1999, .. }));

        for end in [0, 10, bytes.len() - 5] {
            let cut = Archive::new("b.zip", bytes[..end].to_vec());
            assert!(matches!(cut, Err(FetchError::Archive { .. })), "{end}");
        }
        let mut spoilt = archive(&[("b/lib/a.py", "abcdefgh")]);
        let at = spoilt
            .windows(4)
            .position(|four| four == b"a.py")
            .expect("its name");
        spoilt[at + 6] ^= 0x55;
        let spoilt = Archive::new("b.zip", spoilt).expect("a bundle");
        let error = spoilt
            .read("a.py", &Limits::default())
            .expect_err("damaged");
        assert!(matches!(error, FetchError::Archive { .. }), "{error}");
    }

    #[test]
    fn libraries_have_versions_and_dependencies() {
        let json = br#"{
            "sensor": {"package": true, "version": "5.2.6", "repo": "https://a/b", "path": "lib/sensor",
                       "dependencies": ["bus", 1], "external_dependencies": ["blinka"]},
            "bus": {"version": null}, "odd": 1
        }"#;
        let libraries = parse_libraries(json).expect("libraries");
        let sensor = Library {
            repository: "https://a/b".to_owned(),
            version: Some("5.2.6".to_owned()),
            dependencies: vec!["bus".to_owned()],
        };
        assert_eq!(libraries["sensor"], sensor);
        assert_eq!(libraries["bus"].version, None);
        assert_eq!(libraries.len(), 2);
        assert!(parse_libraries(b"[]").is_err() && parse_libraries(b"{").is_err());
    }

    #[test]
    fn an_archive_is_named_after_its_format() {
        for (name, expected) in [
            (
                "a-bundle-9.x-mpy-20251101.zip",
                Some(("a-bundle", "-20251101")),
            ),
            ("a-py-20251101.zip", Some(("a", "-20251101"))),
            ("a-py-b-10.x-mpy-1.zip", Some(("a-py-b", "-1"))),
            ("a-10.x-mpy.zip", Some(("a", ""))),
            ("a-x.x-mpy-1.zip", None),
            ("a-pyx-1.zip", None),
            ("a-py-1.json", None),
        ] {
            assert_eq!(without_format(name), expected, "{name}");
        }
    }
}
