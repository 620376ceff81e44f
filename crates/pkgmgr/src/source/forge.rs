//! Services that host repositories: where their files and repositories are.

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use url::Url;

use super::parse::reference;
use super::{Repository, Source};
use crate::name::PathInRepo;
use crate::source::error::SourceError;

/// The part of a path in an address: everything with a meaning of its own there is escaped.
const SEGMENTS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The same inside a query.
const QUERY: &AsciiSet = &SEGMENTS.add(b'&').add(b'+').add(b'=');

/// What software a forge runs, and so how its addresses look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ForgeKind {
    /// GitHub, or GitHub Enterprise.
    GitHub,
    /// GitLab.
    GitLab,
    /// Forgejo or Gitea.
    Forgejo,
}

impl ForgeKind {
    /// All kinds, with the words that configuration has for them.
    pub const WORDS: [(&'static str, Self); 3] = [
        ("github", Self::GitHub),
        ("gitlab", Self::GitLab),
        ("forgejo", Self::Forgejo),
    ];
}

/// A service that hosts repositories.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Forge {
    name: String,
    kind: ForgeKind,
    /// `https://host[:port][/path]`, without a slash at its end.
    base: String,
}

impl Forge {
    /// A forge that URIs call `name:`, and whose front page is at `base`, an http or https address.
    pub fn new(name: &str, kind: ForgeKind, base: &str) -> Result<Self, SourceError> {
        let usable = name.len() > 1
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if !usable || ["mip", "circup", "http", "https", "file", "git", "ssh"].contains(&name) {
            return Err(SourceError::ForgeName {
                name: name.to_owned(),
            });
        }
        let url = super::parse::http_url(base)?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(SourceError::Malformed {
                uri: base.to_owned(),
                expected: "https://HOST",
                suggestion: None,
            });
        }
        Ok(Self {
            name: name.to_owned(),
            kind,
            base: url.as_str().trim_end_matches('/').to_owned(),
        })
    }

    fn public(name: &str, kind: ForgeKind, base: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            base: base.to_owned(),
        }
    }

    /// One of which the name is left alone.
    pub(super) fn forgotten(name: &str) -> Self {
        Self::public(name, ForgeKind::GitHub, "")
    }

    /// What stands before the colon in a URI: `github`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What software it runs.
    pub fn kind(&self) -> ForgeKind {
        self.kind
    }

    /// Its address, without a slash at the end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Where the content of a file can be read without git. Without a `reference` it is the file on
    /// the default branch.
    ///
    /// GitHub and GitLab take `HEAD` for that branch. Forgejo's pages do not, so its API is asked.
    pub fn raw_url(
        &self,
        owner: &str,
        repo: &str,
        path: &PathInRepo,
        reference: Option<&str>,
    ) -> String {
        let Self { base, kind, .. } = self;
        let path = utf8_percent_encode(path.as_str(), SEGMENTS);
        let at = utf8_percent_encode(reference.unwrap_or("HEAD"), SEGMENTS);
        match kind {
            ForgeKind::GitHub if base == "https://github.com" => {
                format!("https://raw.githubusercontent.com/{owner}/{repo}/{at}/{path}")
            }
            ForgeKind::GitHub => format!("{base}/{owner}/{repo}/raw/{at}/{path}"),
            ForgeKind::GitLab => format!("{base}/{owner}/{repo}/-/raw/{at}/{path}"),
            ForgeKind::Forgejo => {
                let api = format!("{base}/api/v1/repos/{owner}/{repo}/raw/{path}");
                match reference {
                    Some(reference) => {
                        format!("{api}?ref={}", utf8_percent_encode(reference, QUERY))
                    }
                    None => api,
                }
            }
        }
    }

    /// Where git finds the repository.
    pub fn clone_url(&self, owner: &str, repo: &str) -> String {
        format!("{}/{owner}/{repo}.git", self.base)
    }

    /// What a page of this forge shows. `None` when the address is not of this forge, or no page of a
    /// repository, a folder or a file.
    pub(super) fn recognise(&self, url: &Url) -> Option<Result<Source, SourceError>> {
        let host = url.host_str()?;
        if self.base == "https://github.com" && host == "raw.githubusercontent.com" {
            let segments = segments(url, 0)?;
            let [owner, repo, rest @ ..] = &segments[..] else {
                return None;
            };
            return Some(self.source(owner.clone(), repo, rest));
        }
        let base = Url::parse(&self.base).ok()?;
        let same = base.host_str() == Some(host.strip_prefix("www.").unwrap_or(host))
            && (base.port() == url.port())
            && url.path().starts_with(base.path().trim_end_matches('/'));
        if !same {
            return None;
        }
        let own = base
            .path_segments()?
            .filter(|part| !part.is_empty())
            .count();
        let segments = segments(url, own)?;
        let (owner, repo, rest) = match self.kind {
            ForgeKind::GitHub => github(&segments),
            ForgeKind::GitLab => gitlab(&segments),
            ForgeKind::Forgejo => forgejo(&segments),
        }?;
        Some(self.source(owner, repo, rest))
    }

    /// `rest` is the reference, if any, and the path.
    fn source(&self, owner: String, repo: &str, rest: &[String]) -> Result<Source, SourceError> {
        // GitHub's "raw" button writes the whole name of the branch or tag.
        let rest = match rest {
            [refs, kind, rest @ ..] if refs == "refs" && matches!(&**kind, "heads" | "tags") => {
                rest
            }
            rest => rest,
        };
        let (at, path) = match rest.split_first() {
            Some((at, path)) => (reference(at)?, path),
            None => (None, rest),
        };
        let repo = repo.strip_suffix(".git").unwrap_or(repo);
        super::parse::check_repository(&owner, repo)?;
        Ok(Source::Repository {
            repository: Repository::Forge {
                forge: self.clone(),
                owner,
                repo: repo.to_owned(),
            },
            path: PathInRepo::new(&path.join("/"))?,
            reference: at,
        })
    }
}

/// The forges that URIs may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forges(Vec<Forge>);

impl Default for Forges {
    /// `github`, `gitlab` and `codeberg`.
    fn default() -> Self {
        Self(vec![
            Forge::public("github", ForgeKind::GitHub, "https://github.com"),
            Forge::public("gitlab", ForgeKind::GitLab, "https://gitlab.com"),
            Forge::public("codeberg", ForgeKind::Forgejo, "https://codeberg.org"),
        ])
    }
}

impl Forges {
    /// Adds a forge. One of the same name is replaced, be it one of the three public ones.
    pub fn add(&mut self, forge: Forge) {
        self.0.retain(|known| known.name != forge.name);
        self.0.push(forge);
    }

    /// The forge of this name.
    pub fn get(&self, name: &str) -> Option<&Forge> {
        self.0.iter().find(|forge| forge.name == name)
    }

    /// All forges.
    pub fn iter(&self) -> impl Iterator<Item = &Forge> {
        self.0.iter()
    }
}

/// An owner, a repository, and what a page's address has behind them: a reference and a path.
type Shown<'s> = (String, &'s str, &'s [String]);

/// The decoded segments of the path behind the first `skip`, without empty ones.
fn segments(url: &Url, skip: usize) -> Option<Vec<String>> {
    url.path_segments()?
        .filter(|part| !part.is_empty())
        .skip(skip)
        .map(|part| {
            let decoded = percent_decode_str(part).decode_utf8().ok()?;
            Some(decoded.into_owned())
        })
        .collect()
}

fn github(segments: &[String]) -> Option<Shown<'_>> {
    let [owner, repo, rest @ ..] = segments else {
        return None;
    };
    let rest = match rest {
        [] => rest,
        [kind, rest @ ..] if !rest.is_empty() && matches!(&**kind, "blob" | "tree" | "raw") => rest,
        _ => return None,
    };
    Some((owner.clone(), repo, rest))
}

fn gitlab(segments: &[String]) -> Option<Shown<'_>> {
    let is_kind = |kind: &String| matches!(&**kind, "blob" | "tree" | "raw");
    let (repository, rest) = match segments.iter().position(|part| part == "-") {
        Some(dash) => match &segments[dash + 1..] {
            [kind, rest @ ..] if is_kind(kind) && !rest.is_empty() => (&segments[..dash], rest),
            _ => return None,
        },
        // Addresses from before GitLab had the dash.
        None => match segments {
            [_, _, kind, rest @ ..] if is_kind(kind) && !rest.is_empty() => (&segments[..2], rest),
            _ => (segments, &[] as &[String]),
        },
    };
    let (repo, groups) = repository.split_last()?;
    if groups.is_empty() {
        return None;
    }
    Some((groups.join("/"), repo, rest))
}

fn forgejo(segments: &[String]) -> Option<Shown<'_>> {
    let [owner, repo, rest @ ..] = segments else {
        return None;
    };
    let rest = match rest {
        [] => rest,
        [kind, by, rest @ ..]
            if matches!(&**kind, "src" | "raw" | "media")
                && matches!(&**by, "branch" | "tag" | "commit")
                && !rest.is_empty() =>
        {
            rest
        }
        _ => return None,
    };
    Some((owner.clone(), repo, rest))
}
