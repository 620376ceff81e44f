//! Versions of packages, and what is asked of them.
//!
//! Versions are those of [PEP 440](https://peps.python.org/pep-0440/). A requirement is one of its
//! version specifiers, a caret requirement as Cargo and Poetry have it, a bare version, or `*`.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use pep440_rs::{Operator, Version as Pep440, VersionSpecifier};

use crate::name::shorten;

/// The longest text of a version or a requirement, in bytes.
const MAX_TEXT: usize = 200;

/// What operators consist of.
const OPERATORS: [char; 6] = ['^', '~', '=', '!', '<', '>'];

/// A version, compared as PEP 440 says and shown as it was written.
///
/// `1.0` and `1.0.0` are equal; the index keeps them under the text, so the text is kept.
#[derive(Debug, Clone)]
pub struct Version {
    text: String,
    parsed: Pep440,
}

impl Version {
    /// Reads a version, such as `1.2.3`, `0.5rc1`, `2024.1.post1` or `v1.0`; `None` for what is none as
    /// PEP 440 defines it.
    pub fn new(text: &str) -> Option<Self> {
        if text.len() > MAX_TEXT || text.trim() != text {
            return None;
        }
        Some(Self {
            text: text.to_owned(),
            parsed: Pep440::from_str(text).ok()?,
        })
    }

    /// The version as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether this is an alpha, a beta, a release candidate or a development release.
    pub fn is_prerelease(&self) -> bool {
        self.parsed.any_prerelease()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.parsed == other.parsed
    }
}

impl Eq for Version {}

impl Hash for Version {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parsed.hash(state);
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.parsed.cmp(&other.parsed)
    }
}

/// What is asked of a version: conditions that must all hold. Without any it is `*`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Requirement {
    clauses: Vec<Clause>,
}

/// One condition: its text in the canonical form, and what it means to PEP 440.
#[derive(Debug, Clone)]
struct Clause {
    /// `1.2`, `^1.2`, `>=1`: without blanks.
    text: String,
    /// The version when this names one and nothing else.
    exact: Option<Version>,
    specifiers: Vec<VersionSpecifier>,
}

impl PartialEq for Clause {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Clause {}

impl Hash for Clause {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl Requirement {
    /// Any version: `*`.
    pub fn any() -> Self {
        Self::default()
    }

    /// This version and no other.
    pub fn exact(version: Version) -> Self {
        let specifier = VersionSpecifier::equals_version(version.parsed.clone());
        Self {
            clauses: vec![Clause {
                text: version.text.clone(),
                exact: Some(version),
                specifiers: vec![specifier],
            }],
        }
    }

    /// Reads a requirement: `*` and `latest` ask for any version, a bare version for just that one;
    /// the rest are conditions between commas, each one of `^1.2`, `~=1.2`, `==1.2`, `==1.2.*`,
    /// `!=1.2`, `>=1.2`, `>1.2`, `<=1.2`, `<1.2`, `===1.2` or, short for `==1.2.*`, `1.2.*`.
    ///
    /// `^1.2.3` allows what leaves the first part that is not zero as it is: `>=1.2.3,<2`; `^0.2.3`
    /// is `>=0.2.3,<0.3`, and `^0.0.3` is `>=0.0.3,<0.0.4`.
    pub fn parse(text: &str) -> Result<Self, RequirementError> {
        let trimmed = text.trim();
        if trimmed.len() > MAX_TEXT {
            return Err(RequirementError::TooLong {
                length: trimmed.len(),
                limit: MAX_TEXT,
            });
        }
        if matches!(trimmed, "*" | "latest") {
            return Ok(Self::any());
        }
        if let Some(version) = Version::new(trimmed) {
            return Ok(Self::exact(version));
        }
        let clauses = trimmed
            .split(',')
            .map(|clause| parse_clause(clause.trim()))
            .collect::<Option<Vec<_>>>();
        clauses
            .map(|clauses| Self { clauses })
            .ok_or_else(|| RequirementError::Malformed {
                text: shorten(trimmed),
                suggestion: suggest(trimmed),
            })
    }

    /// Whether any version will do.
    pub fn is_any(&self) -> bool {
        self.clauses.is_empty()
    }

    /// The version, when exactly one is asked for: `1.2` or `==1.2`.
    pub fn exact_version(&self) -> Option<&Version> {
        match self.clauses.as_slice() {
            [clause] => clause.exact.as_ref(),
            _ => None,
        }
    }

    /// Whether `version` meets all conditions. Says nothing on whether a pre-release is wanted;
    /// see [`Requirement::choose`].
    pub fn matches(&self, version: &Version) -> bool {
        self.clauses
            .iter()
            .flat_map(|clause| &clause.specifiers)
            .all(|specifier| contains(specifier, &version.parsed))
    }

    /// The newest of `versions` that meets the requirement.
    ///
    /// As PEP 440 has it, a pre-release is chosen only when the requirement names one or when no
    /// other version will do. Among versions that are equal, one written as an exact requirement
    /// writes it comes first.
    pub fn choose<'v>(
        &self,
        versions: impl IntoIterator<Item = &'v Version>,
    ) -> Option<&'v Version> {
        let names_prerelease = self.names_prerelease();
        let wanted = self.exact_version().map(Version::as_str);
        versions
            .into_iter()
            .filter(|version| self.matches(version))
            .max_by(|a, b| {
                let rank = |version: &Version| names_prerelease || !version.is_prerelease();
                let literal = |version: &Version| wanted == Some(version.as_str());
                (rank(a), a, literal(a)).cmp(&(rank(b), b, literal(b)))
            })
    }

    /// What meets both this requirement and `other`.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let mut clauses = self.clauses.clone();
        for clause in &other.clauses {
            if !clauses.contains(clause) {
                clauses.push(clause.clone());
            }
        }
        Self { clauses }
    }

    /// Whether a pre-release is named as a version to take; one that is excluded is not wanted.
    fn names_prerelease(&self) -> bool {
        let excludes = [Operator::NotEqual, Operator::NotEqualStar];
        self.clauses
            .iter()
            .flat_map(|clause| &clause.specifiers)
            .filter(|specifier| !excludes.contains(specifier.operator()))
            .any(VersionSpecifier::any_prerelease)
    }
}

impl fmt::Display for Requirement {
    /// The canonical form, which [`Requirement::parse`] reads back: `*`, `1.2`, `>=1.2,<2`. `==1.2` alone is `1.2`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.clauses.as_slice() {
            [] => f.write_str("*"),
            [clause] => f.write_str(&clause.text),
            clauses => {
                for (index, clause) in clauses.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    // A bare version stands alone; beside others it takes its operator.
                    let operator = if clause.exact.is_some() { "==" } else { "" };
                    write!(f, "{comma}{operator}{}", clause.text)?;
                }
                Ok(())
            }
        }
    }
}

impl FromStr for Requirement {
    type Err = RequirementError;

    fn from_str(text: &str) -> Result<Self, RequirementError> {
        Self::parse(text)
    }
}

/// PEP 440's meaning of one specifier.
///
/// `pep440_rs` has it otherwise in a few places: `==2.1.*` contains `2` for it, `<1.0rc1` does not
/// contain `1.0a1`, `<1.0.post1` not `1.0rc1`, and `>2.dev1` no post-release of `2`.
fn contains(specifier: &VersionSpecifier, version: &Pep440) -> bool {
    let bound = specifier.version();
    let begins = |parts: &[u64]| {
        let release = version.release();
        version.epoch() == bound.epoch()
            && (parts.iter().enumerate())
                .all(|(index, part)| release.get(index).unwrap_or(&0) == part)
    };
    match specifier.operator() {
        Operator::EqualStar => begins(bound.release()),
        Operator::NotEqualStar => !begins(bound.release()),
        // A bound excludes its own post-releases and local versions.
        Operator::GreaterThan => {
            let public = version.clone().without_local();
            let post = version.is_post() && !bound.is_post() && !bound.is_dev();
            let of_bound = version.epoch() == bound.epoch()
                && version.only_release() == bound.only_release()
                && version.pre() == bound.pre();
            public > *bound && !(post && of_bound)
        }
        // A bound that is no pre-release excludes its own pre-releases, the first of them `.dev0`.
        Operator::LessThan if bound.any_prerelease() => version < bound,
        Operator::LessThan => *version < bound.clone().with_dev(Some(0)),
        _ => specifier.contains(version),
    }
}

/// Why a text is no requirement on a version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequirementError {
    /// It is none of the known forms.
    #[error("{text:?} is not a requirement on a version")]
    Malformed {
        /// The text, shortened.
        text: String,
        /// What was probably meant; it is a requirement.
        suggestion: Option<String>,
    },
    /// The text is longer than any requirement may be.
    #[error("a requirement of {length} bytes is longer than {limit}")]
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// The most that is allowed, in bytes.
        limit: usize,
    },
}

fn parse_clause(text: &str) -> Option<Clause> {
    let operators = text.len() - text.trim_start_matches(OPERATORS).len();
    let (operator, version) = text.split_at(operators);
    let version = version.trim_start();
    // Blanks inside the version are no part of a specifier, though the parser lets some pass, and an
    // operator in two parts is none, whatever they would come to together.
    if version.contains(char::is_whitespace) || version.starts_with(OPERATORS) {
        return None;
    }
    let starred = version.ends_with(".*");
    let (canonical, specifiers) = match operator {
        "^" => (format!("^{version}"), caret(version)?),
        "" if starred => (
            format!("=={version}"),
            vec![VersionSpecifier::from_str(&format!("=={version}")).ok()?],
        ),
        "==" if !starred => {
            return Requirement::exact(Version::new(version)?).clauses.pop();
        }
        "" => return None,
        _ => {
            let canonical = format!("{operator}{version}");
            let specifier = VersionSpecifier::from_str(&canonical).ok()?;
            (canonical, vec![specifier])
        }
    };
    Some(Clause {
        text: canonical,
        exact: None,
        specifiers,
    })
}

/// `>=version` and the bound above it.
fn caret(text: &str) -> Option<Vec<VersionSpecifier>> {
    let version = Pep440::from_str(text).ok()?;
    let release: Vec<u64> = version.release().to_vec();
    let kept = release
        .iter()
        .position(|&part| part != 0)
        .unwrap_or(release.len().checked_sub(1)?);
    let mut bound = release[..=kept].to_vec();
    bound[kept] = bound[kept].checked_add(1)?;
    let bound = Pep440::new(bound).with_epoch(version.epoch());
    Some(vec![
        VersionSpecifier::greater_than_equal_version(version),
        VersionSpecifier::from_version(Operator::LessThan, bound).ok()?,
    ])
}

/// What was probably meant, for the mistakes that come from the habits of other tools.
fn suggest(text: &str) -> Option<String> {
    let single = !text.contains([',', ' ', '|']);
    let candidate = if let Some(version) = text.strip_prefix("~=") {
        // `~=1` leaves nothing to vary.
        single.then(|| format!("^{version}"))
    } else if let Some(version) = text.strip_prefix('~') {
        // npm's and Poetry's `~1.2` lets the third part vary.
        let parts = version.split('.').count();
        single.then(|| match parts {
            1 | 2 => format!("~={version}.0"),
            _ => format!("~={version}"),
        })
    } else if let Some(version) = text.strip_prefix('=').filter(|rest| !rest.starts_with('=')) {
        single.then(|| format!("=={version}"))
    } else if let Some(version) = text.strip_suffix(['x', 'X']) {
        Some(format!("{version}*"))
    } else {
        // `>=1 <2`: the comma is missing.
        Some(text.split_whitespace().collect::<Vec<_>>().join(","))
    };
    candidate.filter(|candidate| candidate != text && Requirement::parse(candidate).is_ok())
}

#[cfg(test)]
mod tests;
