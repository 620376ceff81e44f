//! Logins for servers, as other programs read them from a netrc file.

use std::fmt;

use url::{Host, Url};

/// Names and passwords by host. A login goes to its own host only, over an encrypted connection or to
/// this computer itself.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Logins(Vec<Machine>);

#[derive(Clone, Default, PartialEq, Eq)]
struct Machine {
    host: String,
    name: String,
    password: String,
}

impl Logins {
    /// Reads the text of a netrc file. What is not understood is passed over, and so is `default`,
    /// which would give a login to every server there is.
    pub fn parse(text: &str) -> Self {
        let mut machines: Vec<Machine> = Vec::new();
        // Whether what follows belongs to the last machine.
        let mut inside = false;
        let mut words = Words(text);
        while let Some(word) = words.next() {
            match word.as_str() {
                "machine" => {
                    inside = true;
                    machines.push(Machine {
                        host: words.next().unwrap_or_default().to_ascii_lowercase(),
                        ..Machine::default()
                    });
                }
                "default" => inside = false,
                "login" | "password" | "account" => {
                    let value = words.next().unwrap_or_default();
                    let last = machines.last_mut().filter(|_| inside);
                    match (last, word.as_str()) {
                        (Some(machine), "login") => machine.name = value,
                        (Some(machine), "password") => machine.password = value,
                        _ => {}
                    }
                }
                "macdef" => words.skip_macro(),
                _ => {}
            }
        }
        machines.retain(|machine| !machine.host.is_empty() && !machine.password.is_empty());
        Self(machines)
    }

    /// The name and the password for a server. The first in the file counts. An address with a name in
    /// it has what it needs.
    pub(crate) fn of(&self, url: &str) -> Option<(&str, &str)> {
        let url = Url::parse(url).ok()?;
        let local = match url.host()? {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        if url.scheme() != "https" && !local || !url.username().is_empty() {
            return None;
        }
        let host = url.host_str()?;
        let found = self.0.iter().find(|machine| machine.host == host)?;
        Some((&found.name, &found.password))
    }
}

impl fmt::Debug for Logins {
    /// The hosts alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts = self.0.iter().map(|machine| &machine.host);
        f.debug_list().entries(hosts).finish()
    }
}

/// The words of a netrc file: between blanks, or in quotes. A `#` begins a comment.
struct Words<'t>(&'t str);

impl Words<'_> {
    fn next(&mut self) -> Option<String> {
        loop {
            self.0 = self.0.trim_start();
            if !self.0.starts_with('#') {
                break;
            }
            self.0 = self.0.split_once('\n').map_or("", |(_, rest)| rest);
        }
        if let Some(rest) = self.0.strip_prefix('"') {
            let mut word = String::new();
            let mut characters = rest.char_indices();
            while let Some((at, character)) = characters.next() {
                match character {
                    '"' => {
                        self.0 = &rest[at + 1..];
                        return Some(word);
                    }
                    '\\' => word.extend(characters.next().map(|(_, next)| next)),
                    other => word.push(other),
                }
            }
            self.0 = "";
            return Some(word);
        }
        let end = self.0.find(char::is_whitespace).unwrap_or(self.0.len());
        let (word, rest) = self.0.split_at(end);
        self.0 = rest;
        (!word.is_empty()).then(|| word.to_owned())
    }

    /// A macro ends with an empty line.
    fn skip_macro(&mut self) {
        let mut rest = self.0;
        while let Some((line, next)) = rest.split_once('\n') {
            rest = next;
            if line.trim().is_empty() {
                break;
            }
            if !next.contains('\n') {
                rest = "";
            }
        }
        self.0 = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_for_its_own_host_alone() {
        let logins = Logins::parse(
            "# mine\nmachine git.example.org login me password s3cret#1\n\
             machine QUOTED.example.org\n  login \"a b\"\n  password \"p\\\"q\" account x\n\
             macdef init\nmachine fake.example.org login x password y\n\n\
             machine late.example.org password token\nmachine git.example.org login b password c\n\
             machine empty.example.org login nobody\nmachine 127.0.0.1 login l password p\n\
             default login any password thing\n",
        );
        let of = |url: &str| logins.of(url);
        assert_eq!(
            of("https://git.example.org:8443/x"),
            Some(("me", "s3cret#1"))
        );
        assert_eq!(of("https://quoted.example.org/"), Some(("a b", "p\"q")));
        assert_eq!(of("https://late.example.org/"), Some(("", "token")));
        assert_eq!(of("http://127.0.0.1:80/"), Some(("l", "p")));
        for url in [
            "http://git.example.org/",
            "https://example.org/",
            "https://evil-git.example.org/",
            "https://git.example.org.evil.example/",
            "https://fake.example.org/",
            "https://empty.example.org/",
            "https://you@git.example.org/",
            "git.example.org",
        ] {
            assert_eq!(of(url), None, "{url}");
        }
        let shown = format!("{logins:?}");
        assert!(
            shown.contains("late") && !shown.contains("token"),
            "{shown}"
        );
        for odd in [
            "",
            "machine",
            "machine a login",
            "macdef",
            "password x",
            "\"a",
        ] {
            assert_eq!(Logins::parse(odd), Logins::default(), "{odd}");
        }
    }
}
