//! What to do when a package cannot be had.

use std::io::ErrorKind;

use belay_pkgmgr::{FetchError, FileError, HttpError, NameError, SourceError};

/// How many names a hint lists.
const NAMES: usize = 12;

/// What to do about a package that is broken or malicious: nothing on this side helps.
pub(super) const TELL: &str = "take another package or version of it, and tell its author";

pub(super) fn fetch(error: &FetchError) -> Option<String> {
    let text = match error {
        FetchError::NoPackage { similar, .. } | FetchError::NoLibrary { similar, .. }
            if !similar.is_empty() =>
        {
            return Some(format!("there are {}", listed(similar)));
        }
        FetchError::NoPackage { .. } => "belay search WORD finds packages",
        FetchError::NoVersion { known, .. } | FetchError::NoReference { known, .. }
            if !known.is_empty() =>
        {
            return Some(format!("there are {}", listed(known)));
        }
        FetchError::NoVersion { format, .. } if format != "py" => {
            "set mpy_version = \"py\" in [tool.belay], or leave the choice of a version to belay"
        }
        FetchError::NoVersion { .. } => "leave the choice of a version to belay, with \"*\"",
        FetchError::NoLibrary { .. } => {
            "name a bundle that has it: circuitpython_bundles = [\"…\"] in [tool.belay]"
        }
        FetchError::Archive { .. } => {
            "take another release of it, or another place in circuitpython_bundles; belay cache clear \
             forgets what was downloaded"
        }
        FetchError::NoFile { .. } => {
            "a path is seen from the folder of pyproject.toml; a package of the index whose name has \
             dots is written \"mip:NAME\""
        }
        FetchError::NotFound { .. } => "check the address",
        FetchError::Page { .. } => {
            "check the address: a package is a folder with a package.json, or a .py or .mpy file"
        }
        FetchError::Hash { .. } => {
            "what the server sends is not what was promised; try again, and if it stays so, tell \
             who keeps it"
        }
        FetchError::Manifest { .. } => "name the module or the folder itself, such as PATH/NAME.py",
        FetchError::TooLarge { .. } => "--max-file allows larger ones",
        FetchError::TooMany { .. } => "name the folder in it that is needed",
        FetchError::PackageJson { .. }
        | FetchError::Place { .. }
        | FetchError::Requirement { .. }
        | FetchError::Path { .. }
        | FetchError::Link { .. }
        | FetchError::Content { .. } => TELL,
        FetchError::Http(source) => return http(source),
        FetchError::GitAddress { .. } => "use its https address, as git+https://HOST/PATH",
        FetchError::NoRepository { .. } => {
            "check the address; what is not for everyone needs a login in ~/.netrc"
        }
        FetchError::NoReference { .. } => "check its branches and tags",
        FetchError::NoPath { .. } => "check the path in the repository, and the branch or tag",
        FetchError::Git { .. } => {
            "if its copy in the cache is broken, belay cache clear git makes room for another"
        }
        FetchError::File(source) => return file(source),
        _ => return None,
    };
    Some(text.to_owned())
}

pub(super) fn http(error: &HttpError) -> Option<String> {
    let text = match error {
        HttpError::Address { .. } => "an address is https://HOST/PATH",
        HttpError::Resolve { .. } => {
            "check the name and the network; what is locked and in the project needs none"
        }
        HttpError::Connect { .. } => {
            "check the address and the network; what is locked and in the project needs none"
        }
        HttpError::Tls { .. } => "check this computer's clock and the certificates it trusts",
        HttpError::Status { status, .. } => match status {
            401 | 403 => "check the address; what is not for everyone needs a login in ~/.netrc",
            429 | 500..=599 => "try again later",
            _ => "check the address",
        },
        HttpError::Timeout { .. } | HttpError::Slow { .. } | HttpError::Broken { .. } => {
            "try again later; what is locked and in the project needs no network"
        }
        HttpError::TooLarge { .. } => "--max-file allows larger ones",
        HttpError::Redirect { .. } => "give the https address where it really is",
        HttpError::Offline { .. } => "leave out --offline",
        _ => return None,
    };
    Some(text.to_owned())
}

pub(super) fn file(error: &FileError) -> Option<String> {
    let text = match error.source.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "make room on the disk; nothing was changed"
        }
        ErrorKind::InvalidData => "save the file as UTF-8",
        ErrorKind::FileTooLarge => "larger files are not allowed here; nothing was changed",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "allow writing there; belay install --locked needs to write nothing"
        }
        _ => return None,
    };
    Some(text.to_owned())
}

pub(super) fn of_source(error: &SourceError) -> String {
    let text = match error {
        SourceError::UnknownScheme {
            suggestion: Some(suggestion),
            ..
        }
        | SourceError::Malformed {
            suggestion: Some(suggestion),
            ..
        } => return format!("perhaps it is {suggestion}"),
        SourceError::Requirement { .. } => {
            "a version is for instance 1.2, ^1.2, ~=1.2, \">=1,<2\" or *"
        }
        SourceError::Path(NameError::TooLong { .. }) | SourceError::TooLong { .. } => {
            "give a shorter one"
        }
        SourceError::Path(_) => "a path stays in its repository, as FOLDER/FILE.py",
        SourceError::Login { host } => {
            return format!(
                "write the address alone, and `machine {host} login NAME password …` into ~/.netrc"
            );
        }
        SourceError::Reference { .. } => "a branch, tag or commit stands behind the last @",
        _ => "belay add --help lists the forms of a URI",
    };
    text.to_owned()
}

/// Names for a sentence; of many, the last, which are the newest of versions.
pub(super) fn listed(names: &[String]) -> String {
    match names.len().checked_sub(NAMES) {
        Some(left) if left > 0 => format!("… {}", names[left..].join(", ")),
        _ => names.join(", "),
    }
}
