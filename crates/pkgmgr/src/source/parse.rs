//! The grammar of URIs.

use std::path::PathBuf;

use url::Url;

use super::forge::{Forge, ForgeKind, Forges};
use super::{Repository, Source};
use crate::name::{DependencyName, PathInRepo, shorten};
use crate::source::error::SourceError;
use crate::version::Requirement;
use crate::version::RequirementError;

/// The longest URI, in bytes.
const MAX_URI: usize = 2000;

/// The longest name of a branch or tag, in bytes.
const MAX_REFERENCE: usize = 200;

/// The longest name of a package, of an owner or of a repository, in bytes.
const MAX_PART: usize = 200;

/// The shortest token of a forge, in bytes. Nobody's name is as long.
const MIN_TOKEN: usize = 20;

pub(super) fn dependency(
    name: &DependencyName,
    value: &str,
    forges: &Forges,
) -> Result<Source, SourceError> {
    let text = checked(value)?;
    let begins_as_version = text.starts_with(|c: char| c.is_ascii_digit());
    let requirement = if matches!(text, "*" | "latest")
        || text.starts_with(['^', '~', '=', '!', '<', '>']) && !text.starts_with("~/")
    {
        Some(Requirement::parse(text))
    } else if begins_as_version && !text.contains(['/', '\\']) && !is_module(text) {
        // No package and no path that anybody writes begins so: `1.x` is a mistake, not a file.
        Some(Requirement::parse(text))
    } else {
        None
    };
    match requirement {
        Some(requirement) => index(name.as_str(), requirement),
        None => uri(text, forges),
    }
}

pub(super) fn uri(text: &str, forges: &Forges) -> Result<Source, SourceError> {
    let text = checked(text)?;
    if let Some(rest) = text.strip_prefix("git+") {
        return git(text, rest);
    }
    match scheme(text) {
        // The letter of a Windows drive.
        Some((letter, _)) if letter.len() == 1 => Ok(Source::Local(PathBuf::from(text))),
        Some(("mip", rest)) => {
            let (name, requirement) = match rest.find(['@', '=', '<', '>', '!', '~', '^', ' ']) {
                Some(end) => (&rest[..end], asked(&rest[end..])),
                None => (rest, Ok(Requirement::any())),
            };
            if !is_index_name(name) {
                return Err(malformed(text, "mip:NAME[@VERSION]", None));
            }
            index(name, requirement)
        }
        Some(("circup", name)) if is_index_name(name) => Ok(Source::Circup {
            name: name.to_owned(),
        }),
        Some(("circup", _)) => Err(malformed(text, "circup:NAME", None)),
        Some(("http" | "https", _)) => web(text, forges),
        Some(("file", rest)) => file(text, rest),
        Some((name, rest)) => match forges.get(name) {
            Some(forge) => shorthand(text, forge, rest),
            None => Err(unknown_scheme(text, name, forges)),
        },
        None => plain(text),
    }
}

/// What marks a path as one of this computer does not count: it may be shown where it was not written.
pub(super) fn check_length(text: &str) -> Result<(), SourceError> {
    let length = text.strip_prefix("./").unwrap_or(text).len();
    if length > MAX_URI {
        return Err(SourceError::TooLong {
            length,
            limit: MAX_URI,
        });
    }
    Ok(())
}

/// The text without blanks around it.
fn checked(text: &str) -> Result<&str, SourceError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(SourceError::Empty);
    }
    check_length(text)?;
    if let Some(character) = text.chars().find(|c| c.is_control()) {
        return Err(SourceError::Character {
            uri: shorten(text),
            character,
        });
    }
    Ok(text)
}

fn malformed(uri: &str, expected: &'static str, suggestion: Option<String>) -> SourceError {
    SourceError::Malformed {
        uri: shorten(uri),
        expected,
        suggestion,
    }
}

/// What stands before the first colon, if it can be a scheme, and what follows.
fn scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let letters = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    letters.then_some((scheme, rest))
}

fn unknown_scheme(text: &str, name: &str, forges: &Forges) -> SourceError {
    let suggestion = if matches!(name, "ssh" | "git") {
        Some(format!("git+{text}"))
    } else {
        forges
            .iter()
            .map(Forge::name)
            .chain(["mip", "circup", "https"])
            .map(|known| {
                (
                    strsim::damerau_levenshtein(known, &name.to_lowercase()),
                    known,
                )
            })
            .min()
            .filter(|(distance, _)| *distance <= 2)
            .map(|(_, known)| format!("{known}{}", &text[name.len()..]))
    };
    SourceError::UnknownScheme {
        scheme: name.to_owned(),
        suggestion,
    }
}

/// `@1.2`, `==1.2`, `>=1,<2`.
fn asked(text: &str) -> Result<Requirement, RequirementError> {
    Requirement::parse(text.strip_prefix('@').unwrap_or(text))
}

fn index(
    name: &str,
    requirement: Result<Requirement, RequirementError>,
) -> Result<Source, SourceError> {
    Ok(Source::Index {
        name: name.to_owned(),
        requirement: requirement.map_err(|source| SourceError::Requirement {
            package: name.to_owned(),
            source,
        })?,
    })
}

/// A text without a scheme: a name in the index, or a local path.
fn plain(text: &str) -> Result<Source, SourceError> {
    let local = || Source::Local(PathBuf::from(text));
    if text.contains(['/', '\\', ':']) || text.starts_with('.') {
        // The address that `git clone` takes for a login by ssh.
        let word = |text: &str| {
            text.starts_with(|c: char| c.is_ascii_alphanumeric())
                && !text.contains(['/', '\\', '@'])
        };
        if let Some((login, path)) = text.split_once(':')
            && let Some((user, host)) = login.split_once('@')
            && word(user)
            && word(host)
        {
            let suggestion = format!("git+ssh://{login}/{path}");
            return Err(malformed(
                text,
                "git+ssh://USER@HOST/PATH",
                Some(suggestion),
            ));
        }
        return Ok(local());
    }
    let Some(end) = text.find(['@', '=', '<', '>', '!', '~', '^', ' ']) else {
        if is_plain_name(text) {
            return index(text, Ok(Requirement::any()));
        }
        return Ok(local());
    };
    let name = text[..end].trim_end();
    let requirement = asked(text[end..].trim_start());
    if is_plain_name(name) {
        return index(name, requirement);
    }
    // A name with dots could be a file's; what reads as a requirement settles it.
    match requirement {
        Ok(requirement) if is_index_name(name) && !is_module(name) => index(name, Ok(requirement)),
        _ => Ok(local()),
    }
}

/// A name that means a package of the index wherever it stands alone.
pub(super) fn is_plain_name(name: &str) -> bool {
    is_index_name(name) && !name.contains('.')
}

/// A name that the index can hold: it becomes part of an address there.
pub(super) fn is_index_name(name: &str) -> bool {
    name.len() <= MAX_PART
        && name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

pub(super) fn is_module(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, extension)| matches!(extension, "py" | "mpy" | "json"))
}

/// An http or https address with a host, and no secret in it.
pub(super) fn http_url(text: &str) -> Result<Url, SourceError> {
    let expected = "https://HOST/PATH";
    let url = Url::parse(text).map_err(|_| malformed(text, expected, None))?;
    let web = matches!(url.scheme(), "http" | "https");
    if !web || !url.has_host() || text.contains(char::is_whitespace) {
        return Err(malformed(text, expected, None));
    }
    refuse_login(&url)?;
    Ok(url)
}

/// A name alone is no secret, unless it is a token that is given in the place of one.
fn refuse_login(url: &Url) -> Result<(), SourceError> {
    if url.username().len() < MIN_TOKEN && url.password().is_none() {
        return Ok(());
    }
    Err(SourceError::Login {
        host: url.host_str().unwrap_or_default().to_owned(),
    })
}

fn web(text: &str, forges: &Forges) -> Result<Source, SourceError> {
    let url = http_url(text)?;
    if let Some(source) = forges.iter().find_map(|forge| forge.recognise(&url)) {
        return source;
    }
    if url.path().strip_suffix(".git").is_some() && url.query().is_none() {
        return git(text, text);
    }
    Ok(Source::Url(text.to_owned()))
}

/// `file:///PATH`, `file:PATH`.
fn file(text: &str, rest: &str) -> Result<Source, SourceError> {
    let expected = "file:///PATH";
    let path = match rest.strip_prefix("//") {
        Some(path) => path.strip_prefix("localhost").unwrap_or(path),
        None => rest,
    };
    if rest.starts_with("//") && !path.starts_with('/') || path.is_empty() {
        return Err(malformed(text, expected, None));
    }
    let path = percent_encoding::percent_decode_str(path)
        .decode_utf8()
        .ok()
        .filter(|path| !path.contains(char::is_control) && path.trim() == path)
        .ok_or_else(|| malformed(text, expected, None))?;
    // `file:///C:/x`
    let drive = path
        .strip_prefix('/')
        .filter(|rest| scheme(rest).is_some_and(|(letter, _)| letter.len() == 1));
    let path = drive.unwrap_or(&path);
    let explicit = drive.is_some() || path.starts_with(['.', '/', '\\']);
    Ok(Source::Local(if explicit {
        PathBuf::from(path)
    } else {
        PathBuf::from(format!("./{path}"))
    }))
}

/// What follows `git+`.
fn git(text: &str, rest: &str) -> Result<Source, SourceError> {
    let expected = "git+URL[#PATH][@REF]";
    let (url, path, at) = if let Some((url, place)) = rest.split_once('#') {
        let (path, at) = split_reference(place);
        (url, path, at)
    } else {
        // As pip has it: the reference at the end of the address.
        let name = rest.rfind('/').map_or(0, |slash| slash + 1);
        match rest[name..].rsplit_once('@') {
            Some((_, at)) => (&rest[..rest.len() - at.len() - 1], "", Some(at)),
            None => (rest, "", None),
        }
    };
    let usable = scheme(url).is_some_and(|(scheme, rest)| {
        let path = rest.strip_prefix("//");
        matches!(scheme, "https" | "http" | "ssh" | "git" | "file")
            && path.is_some_and(|path| path.trim_end_matches('/').contains('/'))
    });
    if usable
        && let Ok(address) = Url::parse(url)
        && matches!(address.scheme(), "http" | "https")
    {
        refuse_login(&address)?;
    }
    if !usable || url.contains(char::is_whitespace) {
        let suggestion = url
            .split_once(':')
            .filter(|(user, path)| user.contains('@') && !path.starts_with('/'))
            .map(|(user, path)| format!("git+ssh://{user}/{path}{}", &rest[url.len()..]));
        return Err(malformed(text, expected, suggestion));
    }
    Ok(Source::Repository {
        repository: Repository::Git {
            url: url.to_owned(),
        },
        path: PathInRepo::new(path)?,
        reference: at.map_or(Ok(None), reference)?,
    })
}

/// `OWNER/REPO[/PATH][@REF]`; on GitLab also `GROUP/SUBGROUP/REPO/-[/PATH][@REF]`.
fn shorthand(text: &str, forge: &Forge, rest: &str) -> Result<Source, SourceError> {
    let wrong = |suggestion| malformed(text, "FORGE:OWNER/REPO[/PATH][@REF]", suggestion);
    if let Some(rest) = rest.strip_prefix("//") {
        return Err(wrong(Some(format!("{}:{rest}", forge.name()))));
    }
    let (place, at) = split_reference(rest);
    let nested = match forge.kind() {
        ForgeKind::GitLab => place
            .split_once("/-/")
            .or_else(|| Some((place.strip_suffix("/-")?, ""))),
        ForgeKind::GitHub | ForgeKind::Forgejo => None,
    };
    let (repository, path) = nested.unwrap_or_else(|| match place.match_indices('/').nth(1) {
        Some((slash, _)) => (&place[..slash], &place[slash + 1..]),
        None => (place, ""),
    });
    let (owner, repo) = repository.rsplit_once('/').ok_or_else(|| wrong(None))?;
    let repo = repo.strip_suffix(".git").unwrap_or(repo);
    check_repository(owner, repo)?;
    Ok(Source::Repository {
        repository: Repository::Forge {
            forge: forge.clone(),
            owner: owner.to_owned(),
            repo: repo.to_owned(),
        },
        path: PathInRepo::new(path)?,
        reference: at.map_or(Ok(None), reference)?,
    })
}

fn split_reference(place: &str) -> (&str, Option<&str>) {
    match place.rsplit_once('@') {
        Some((path, at)) => (path, Some(at)),
        None => (place, None),
    }
}

/// Checks a branch, tag or commit by git's own rules. `HEAD` is the default branch, so no reference.
pub(super) fn reference(text: &str) -> Result<Option<String>, SourceError> {
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.strip_suffix(".lock").is_none()
            && !part.ends_with('.')
            && !part.contains("..")
    };
    let usable = text.len() <= MAX_REFERENCE
        && !text.starts_with('-')
        && !text.contains("@{")
        && text.split('/').all(part)
        && !text
            .contains(|c: char| c.is_whitespace() || c.is_control() || "~^:?*[\\@#".contains(c));
    match usable {
        true if text == "HEAD" => Ok(None),
        true => Ok(Some(text.to_owned())),
        false => Err(SourceError::Reference {
            reference: shorten(text),
        }),
    }
}

/// Checks that owner and repository can stand in an address as they are.
pub(super) fn check_repository(owner: &str, repo: &str) -> Result<(), SourceError> {
    let part = |part: &str| {
        !part.is_empty()
            && part.len() <= MAX_PART
            && !part.starts_with('.')
            && part != "-"
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
    };
    // A repository may be called `.github`.
    let named = part(repo.strip_prefix('.').unwrap_or(repo));
    if owner.split('/').all(part) && named && repo != ".." {
        return Ok(());
    }
    Err(SourceError::Repository {
        repository: shorten(&format!("{owner}/{repo}")),
    })
}
