//! The `package.json` of a package, and the index's list of packages, as mip reads them.
//!
//! The formats are those of MicroPython's documentation on packages. Both files come from strangers,
//! so their size and the number of what they list are bounded.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use crate::name::{NameError, PackagePath, shorten};
use crate::source::SourceError;
use crate::source::{Forges, Source};
use crate::version::{Requirement, Version};

/// The largest `package.json`, in bytes.
pub(crate) const MAX_PACKAGE_JSON: usize = 1 << 20;

/// The largest list of an index's packages, in bytes.
pub(crate) const MAX_INDEX_JSON: usize = 32 << 20;

/// The most files, and the most dependencies, that a package may list.
pub(crate) const MAX_ENTRIES: usize = 5_000;

/// The longest text of an address, name or version in these files, in bytes.
const MAX_TEXT: usize = 2_000;

/// What a package consists of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) struct PackageJson {
    /// Its version, as written; not every package has one.
    pub version: Option<String>,
    /// Its files, each once.
    pub files: Vec<PackageFile>,
    /// The packages it needs.
    pub dependencies: Vec<PackageDependency>,
}

/// A file of a package.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub(crate) struct PackageFile {
    /// Where it is installed.
    pub path: PackagePath,
    /// Where it comes from.
    pub origin: FileOrigin,
    /// The `sys.implementation._mpy` of the boards it is for; `None` when it is for all.
    pub mpy: Option<u32>,
}

/// Where a file of a package comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum FileOrigin {
    /// From the index that the `package.json` is of: under its hash.
    Index(ShortHash),
    /// From an address, or a path beside the `package.json`: see [`Source::join`].
    Url(String),
}

/// The beginning of a file's SHA-256, as an index names its files: 8 to 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ShortHash(String);

impl ShortHash {
    /// Reads the digits; `None` when there are others, too few or too many.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let hexadecimal = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        (hexadecimal && (8..=64).contains(&text.len())).then(|| Self(text.to_ascii_lowercase()))
    }

    /// The digits, in lower case.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a file with this SHA-256, in hexadecimal digits, is the one that is meant.
    pub(crate) fn matches(&self, sha256: &str) -> bool {
        sha256.len() == 64
            && sha256
                .get(..self.0.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(&self.0))
    }

    /// Where the index at `index`, an address without a slash at its end, keeps the file.
    pub(crate) fn url(&self, index: &str) -> String {
        format!("{index}/file/{}/{}", &self.0[..2], self.0)
    }
}

impl fmt::Display for ShortHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A package that another needs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) struct PackageDependency {
    /// A name in the index, or an address.
    pub name: String,
    /// A version; for a forge a branch, tag or commit; `latest` or nothing for no wish.
    pub version: String,
}

impl PackageDependency {
    /// Where the package comes from. `forges` are those it may name.
    ///
    /// As in [`Source::join`], a package cannot make the user's own files its dependency.
    pub(crate) fn source(&self, forges: &Forges) -> Result<Source, SourceError> {
        let wish = match self.version.as_str() {
            "" | "latest" | "*" => None,
            wish => Some(wish),
        };
        if !self.name.contains(':') {
            let requirement = wish.map_or(Ok(Requirement::any()), Requirement::parse);
            // A name with dots is a package here, never a local file.
            let named = Source::parse(&format!("mip:{}", self.name), forges)?;
            let Source::Index { name, .. } = named else {
                return Err(SourceError::Refused {
                    uri: shorten(&self.name),
                });
            };
            return Ok(Source::Index {
                requirement: requirement.map_err(|source| SourceError::Requirement {
                    package: name.clone(),
                    source,
                })?,
                name,
            });
        }
        let source = Source::parse(&self.name, forges)?;
        if !source.may_be_named_by_a_package() && !matches!(source, Source::Index { .. }) {
            return Err(SourceError::Refused {
                uri: shorten(&self.name),
            });
        }
        match (source, wish) {
            (Source::Index { name, .. }, Some(wish)) => {
                Source::parse(&format!("mip:{name}@{wish}"), forges)
            }
            (source, Some(wish)) => source.or_at(wish),
            (source, None) => Ok(source),
        }
    }
}

impl FromStr for PackageJson {
    type Err = PackageJsonError;

    fn from_str(text: &str) -> Result<Self, PackageJsonError> {
        Self::parse(text.as_bytes())
    }
}

impl PackageJson {
    /// Reads a `package.json` of at most [`MAX_PACKAGE_JSON`] bytes.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, PackageJsonError> {
        let value = read(json, MAX_PACKAGE_JSON)?;
        let fields = value
            .as_object()
            .ok_or_else(|| unexpected("", "an object"))?;
        let version = fields
            .get("version")
            .and_then(version_text)
            .filter(|text| !text.is_empty());
        let mut files = Vec::new();
        for (index, entry) in list(fields.get("hashes"), "hashes")?.iter().enumerate() {
            let place = format!("hashes[{index}]");
            let (path, hash, mpy) = file(entry, &place)?;
            let hash = ShortHash::new(&hash)
                .ok_or_else(|| unexpected(&place, "the start of a SHA-256"))?;
            files.push(PackageFile {
                path,
                origin: FileOrigin::Index(hash),
                mpy,
            });
        }
        for (index, entry) in list(fields.get("urls"), "urls")?.iter().enumerate() {
            let (path, url, mpy) = file(entry, &format!("urls[{index}]"))?;
            files.push(PackageFile {
                path,
                origin: FileOrigin::Url(url),
                mpy,
            });
        }
        let mut seen = HashSet::new();
        files.retain(|file| seen.insert(file.clone()));
        let mut dependencies = Vec::new();
        for (index, entry) in list(fields.get("deps"), "deps")?.iter().enumerate() {
            let place = format!("deps[{index}]");
            let (name, version) = match entry.as_array().map(Vec::as_slice) {
                Some([name, version]) => {
                    let wish = version_text(version)
                        .ok_or_else(|| unexpected(&place, "[name, version]"))?;
                    (text(name, &place)?, wish)
                }
                Some([name]) => (text(name, &place)?, String::new()),
                _ => return Err(unexpected(&place, "[name, version]")),
            };
            if name.is_empty() {
                return Err(unexpected(&place, "[name, version]"));
            }
            dependencies.push(PackageDependency { name, version });
        }
        Ok(Self {
            version,
            files,
            dependencies,
        })
    }
}

/// A package in an index's list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IndexEntry {
    /// The index that has it.
    pub index: String,
    /// Its name.
    pub name: String,
    /// What it is for; empty when the index does not say.
    pub description: String,
    /// Who wrote it; empty when the index does not say.
    pub author: String,
    /// Its licence; empty when the index does not say.
    pub license: String,
    /// For each format, `py` or the number of an .mpy version, the versions there are, in the order
    /// of the index. Texts that are no version are left out.
    pub versions: Vec<(String, Vec<Version>)>,
}

impl IndexEntry {
    /// The versions in a format: `py` or the number of an .mpy version.
    pub fn versions_in(&self, format: &str) -> &[Version] {
        self.versions
            .iter()
            .find(|(name, _)| name == format)
            .map_or(&[], |(_, versions)| versions)
    }
}

/// Reads the list of the packages of `index`, its `index.json`, of at most [`MAX_INDEX_JSON`] bytes.
///
/// An entry that cannot be read does not keep the others from being found: it is left out.
pub(crate) fn parse_index(json: &[u8], index: &str) -> Result<Vec<IndexEntry>, PackageJsonError> {
    let value = read(json, MAX_INDEX_JSON)?;
    let packages = value
        .get("packages")
        .and_then(Value::as_array)
        .ok_or_else(|| unexpected("packages", "a list"))?;
    let entry = |value: &Value| index_entry(value, index);
    Ok(packages.iter().filter_map(entry).collect())
}

fn index_entry(value: &Value, index: &str) -> Option<IndexEntry> {
    let field = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
    let name = field("name");
    if name.is_empty() || name.len() > MAX_TEXT {
        return None;
    }
    let versions = value.get("versions").and_then(Value::as_object);
    let versions = versions.into_iter().flatten().map(|(format, versions)| {
        let versions = versions.as_array().into_iter().flatten();
        let versions = versions.filter_map(|version| Version::new(version.as_str()?));
        (format.clone(), versions.collect())
    });
    Some(IndexEntry {
        index: index.to_owned(),
        name: name.to_owned(),
        description: field("description").to_owned(),
        author: field("author").to_owned(),
        license: field("license").to_owned(),
        versions: versions.collect(),
    })
}

/// Why a `package.json` or an index's list cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackageJsonError {
    /// The file is larger than any should be.
    #[error("{size} bytes are more than the {limit} that are read")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
        /// The most that is read, in bytes.
        limit: usize,
    },
    /// The file is not JSON.
    #[error("malformed JSON at line {line}, column {column}")]
    Json {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// A value is not what the format asks for.
    #[error("{} is not {expected}", if place.is_empty() { "the file" } else { place.as_str() })]
    Shape {
        /// The field and the position in it: `urls[2]`; empty for the whole file.
        place: String,
        /// What should be there.
        expected: &'static str,
    },
    /// A list has more entries than any should have.
    #[error("{place} has {count} entries, more than {limit}")]
    TooMany {
        /// The field.
        place: String,
        /// How many there are.
        count: usize,
        /// The most that are read.
        limit: usize,
    },
    /// A file would be installed under a path that is none.
    #[error("{place} names no path inside the package")]
    Path {
        /// The field and the position in it.
        place: String,
        /// What is wrong with the path.
        source: NameError,
    },
}

pub(crate) fn read(json: &[u8], limit: usize) -> Result<Value, PackageJsonError> {
    if json.len() > limit {
        return Err(PackageJsonError::TooLarge {
            size: json.len(),
            limit,
        });
    }
    // A byte order mark is no part of the text.
    let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
    serde_json::from_slice(json).map_err(|error| PackageJsonError::Json {
        line: error.line(),
        column: error.column(),
    })
}

pub(crate) fn unexpected(place: &str, expected: &'static str) -> PackageJsonError {
    PackageJsonError::Shape {
        place: place.to_owned(),
        expected,
    }
}

fn text(value: &Value, place: &str) -> Result<String, PackageJsonError> {
    let text = value
        .as_str()
        .ok_or_else(|| unexpected(place, "a string"))?;
    if text.len() > MAX_TEXT {
        return Err(unexpected(place, "a shorter text"));
    }
    Ok(text.to_owned())
}

/// A version, which need not be in quotes; nothing is no version.
fn version_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Number(number) => Some(number.to_string()),
        value => text(value, "version").ok(),
    }
}

fn list<'v>(value: Option<&'v Value>, place: &str) -> Result<&'v [Value], PackageJsonError> {
    match value {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(list)) if list.len() <= MAX_ENTRIES => Ok(list),
        Some(Value::Array(list)) => Err(PackageJsonError::TooMany {
            place: place.to_owned(),
            count: list.len(),
            limit: MAX_ENTRIES,
        }),
        Some(_) => Err(unexpected(place, "a list")),
    }
}

/// `[path, origin]` or `[path, origin, mpy]`.
fn file(
    entry: &Value,
    place: &str,
) -> Result<(PackagePath, String, Option<u32>), PackageJsonError> {
    let (path, origin, mpy) = match entry.as_array().map(Vec::as_slice) {
        Some([path, origin]) => (path, origin, None),
        Some([path, origin, mpy]) => (path, origin, Some(mpy)),
        _ => return Err(unexpected(place, "[path, origin]")),
    };
    let path = path.as_str().ok_or_else(|| unexpected(place, "a string"))?;
    // What changes nothing: mip hands such paths on to the file system.
    let named: Vec<&str> = path.split('/').skip_while(|part| *part == ".").collect();
    let path = PackagePath::new(&named.join("/")).map_err(|source| PackageJsonError::Path {
        place: place.to_owned(),
        source,
    })?;
    let mpy = mpy
        .map(|mpy| mpy.as_u64().and_then(|mpy| u32::try_from(mpy).ok()))
        .map(|mpy| mpy.ok_or_else(|| unexpected(place, "a number of 32 bits")))
        .transpose()?;
    let origin = text(origin, place)?;
    if origin.is_empty() {
        return Err(unexpected(place, "[path, origin]"));
    }
    Ok((path, origin, mpy))
}

#[cfg(test)]
mod tests;
