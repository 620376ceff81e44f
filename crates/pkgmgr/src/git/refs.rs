//! The branches and tags of a repository on a web server.
//!
//! Version 2 of git's protocol is asked for, since it names only what is of interest: a repository on
//! a forge may have a hundred thousand references. A server that knows no version 2 lists them all.
//! See <https://git-scm.com/docs/protocol-v2> and <https://git-scm.com/docs/http-protocol>.

use super::of_http;
use crate::error::FetchError;
use crate::http::Http;
use crate::http::HttpError;

/// The most that a list of references may take, in bytes.
const LIMIT: u64 = 64 << 20;

/// Lines begin with their length in four digits; these two lengths separate what stands between.
const FLUSH: &str = "0000";
const DELIMITER: &str = "0001";

/// What a server says it has.
#[derive(Debug)]
pub(super) struct Advertised(Vec<Reference>);

/// A branch, a tag or `HEAD`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) name: String,
    /// The id of the commit, also when the reference is an annotated tag.
    pub(super) id: String,
}

impl Advertised {
    /// From names and ids as git lists them: behind an annotated tag comes its name with `^{}` and
    /// the id of the commit.
    pub(super) fn new(listed: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut references: Vec<Reference> = Vec::new();
        for (name, id) in listed {
            match (name.strip_suffix("^{}"), references.last_mut()) {
                (Some(tag), Some(last)) if last.name == tag => last.id = id,
                _ => references.push(Reference { name, id }),
            }
        }
        Self(references)
    }

    /// What `reference` means: a branch before a tag.
    pub(super) fn find(&self, reference: Option<&str>) -> Option<&Reference> {
        let reference = reference.unwrap_or("HEAD");
        names_of(reference)
            .iter()
            .find_map(|name| self.0.iter().find(|candidate| candidate.name == *name))
    }

    /// Branches and tags without their folder, at most `count`.
    pub(super) fn names(&self, count: usize) -> Vec<String> {
        let short = |reference: &Reference| {
            let name = &reference.name;
            let short = name
                .strip_prefix("refs/heads/")
                .or(name.strip_prefix("refs/tags/"))?;
            Some(short.to_owned())
        };
        self.0.iter().filter_map(short).take(count).collect()
    }
}

/// The names that a reference may have in full, the most likely first.
fn names_of(reference: &str) -> Vec<String> {
    if reference == "HEAD" || reference.starts_with("refs/") {
        return vec![reference.to_owned()];
    }
    vec![
        format!("refs/heads/{reference}"),
        format!("refs/tags/{reference}"),
    ]
}

/// Asks the server at `url` for what `reference` may mean; an empty one stands for all branches and
/// tags.
pub(super) fn ask(
    http: &Http,
    url: &str,
    reference: Option<&str>,
) -> Result<Advertised, FetchError> {
    const VERSION: (&str, &str) = ("git-protocol", "version=2");
    let broken = |reason: &str| {
        FetchError::Http(HttpError::Broken {
            url: url.to_owned(),
            reason: reason.to_owned(),
        })
    };
    let base = url.trim_end_matches('/');
    let service = "/info/refs?service=git-upload-pack";
    let (address, body) = http
        .open(&format!("{base}{service}"), &[VERSION], None, LIMIT)
        .map_err(|error| of_http(url, error))?;
    let answer = body.take_all(&mut |_| {}).map_err(FetchError::Http)?;
    let lines = lines(&answer).ok_or_else(|| broken("this is not git's protocol"))?;
    if !lines.contains(&"version 2") {
        return Ok(Advertised::new(
            lines.iter().filter_map(|line| first_version(line)),
        ));
    }
    let mut request = line("command=ls-refs\n") + DELIMITER + &line("peel\n");
    for name in names_of(reference.unwrap_or("HEAD")) {
        request += &line(&format!("ref-prefix {name}\n"));
    }
    request += FLUSH;
    // The repository may have moved; the rest of the conversation belongs to where it is now.
    let base = address.strip_suffix(service).unwrap_or(base);
    let headers = [
        VERSION,
        ("content-type", "application/x-git-upload-pack-request"),
        ("accept", "application/x-git-upload-pack-result"),
    ];
    let (_, body) = http
        .open(
            &format!("{base}/git-upload-pack"),
            &headers,
            Some(request.as_bytes()),
            LIMIT,
        )
        .map_err(|error| of_http(url, error))?;
    let answer = body.take_all(&mut |_| {}).map_err(FetchError::Http)?;
    let lines = self::lines(&answer).ok_or_else(|| broken("the list of references is cut off"))?;
    Ok(Advertised::new(
        lines.iter().flat_map(|line| second_version(line)),
    ))
}

fn line(text: &str) -> String {
    format!("{:04x}{text}", text.len() + 4)
}

/// The lines of an answer, without what separates sections. `None` when it is not in lines.
fn lines(mut answer: &[u8]) -> Option<Vec<&str>> {
    let mut lines = Vec::new();
    while !answer.is_empty() {
        let digits = std::str::from_utf8(answer.get(..4)?).ok()?;
        let length = usize::from_str_radix(digits, 16).ok()?;
        if length < 4 {
            answer = &answer[4..];
            continue;
        }
        let text = answer.get(4..length)?;
        // A name that is no UTF-8 is none that anyone asks for.
        lines.push(
            std::str::from_utf8(text)
                .unwrap_or_default()
                .trim_end_matches('\n'),
        );
        answer = &answer[length..];
    }
    Some(lines)
}

/// `ID NAME`, behind the first of them a zero byte and what the server can do.
fn first_version(line: &str) -> Option<(String, String)> {
    let (line, _) = line.split_once('\0').unwrap_or((line, ""));
    let (id, name) = line.split_once(' ')?;
    super::is_whole_id(id).then(|| (name.to_owned(), id.to_owned()))
}

/// `ID NAME`, behind an annotated tag ` peeled:ID`.
fn second_version(line: &str) -> Vec<(String, String)> {
    let mut words = line.split(' ');
    let (Some(id), Some(name)) = (words.next(), words.next()) else {
        return Vec::new();
    };
    if !super::is_whole_id(id) {
        return Vec::new();
    }
    let peeled = words.find_map(|word| word.strip_prefix("peeled:"));
    let id = peeled.filter(|id| super::is_whole_id(id)).unwrap_or(id);
    vec![(name.to_owned(), id.to_owned())]
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    #[test]
    fn the_first_version_of_the_protocol_is_understood() {
        let answer = line("# service=git-upload-pack\n")
            + FLUSH
            + &line(&format!(
                "{A} HEAD\0multi_ack symref=HEAD:refs/heads/main\n"
            ))
            + &line(&format!("{A} refs/heads/main\n"))
            + &line(&format!("{A} refs/tags/v1\n"))
            + &line(&format!("{B} refs/tags/v1^{{}}\n"))
            + FLUSH;
        let lines = lines(answer.as_bytes()).expect("lines");
        let advertised = Advertised::new(lines.iter().filter_map(|line| first_version(line)));
        let id = |reference| advertised.find(reference).map(|found| found.id.as_str());
        assert_eq!(id(None), Some(A));
        assert_eq!(id(Some("main")), Some(A));
        assert_eq!(id(Some("v1")), Some(B), "the commit, not the tag");
        assert_eq!(id(Some("v")), None);
        assert_eq!(advertised.names(20), ["main", "v1"]);
    }

    #[test]
    fn what_is_cut_off_is_noticed() {
        let whole = line(&format!("{A} refs/heads/main\n"));
        for end in 1..whole.len() {
            assert!(lines(&whole.as_bytes()[..end]).is_none(), "{end}");
        }
        assert!(lines(b"<html>").is_none());
    }
}
