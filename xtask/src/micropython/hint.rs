//! What this system is, and how a person gets MicroPython on it.

use std::fs;

/// The operating system, as far as it decides where MicroPython comes from.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct System {
    /// `ID` of os-release, or the name Rust gives the operating system.
    pub(super) id: String,
    /// `ID` followed by the words of `ID_LIKE`.
    family: Vec<String>,
    /// `VERSION_ID`, empty where a system has none.
    version: String,
}

impl System {
    pub(super) fn of_this_machine() -> Self {
        let text = fs::read_to_string("/etc/os-release")
            .or_else(|_| fs::read_to_string("/usr/lib/os-release"))
            .unwrap_or_else(|_| format!("ID={}", std::env::consts::OS));
        Self::parse(&text)
    }

    fn parse(os_release: &str) -> Self {
        let field = |name: &str| {
            os_release
                .lines()
                .filter_map(|line| line.split_once('='))
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.trim().trim_matches(['"', '\'']).to_owned())
                .unwrap_or_default()
        };
        let id = field("ID");
        let family = std::iter::once(id.clone())
            .chain(field("ID_LIKE").split_whitespace().map(str::to_owned))
            .collect();
        Self {
            id,
            family,
            version: field("VERSION_ID"),
        }
    }

    /// Whether apt is set up here with Debian's own archive and its keys.
    pub(super) fn debian_archive(&self) -> bool {
        self.id == "debian"
    }

    fn is_like(&self, name: &str) -> bool {
        self.family.iter().any(|member| member == name)
    }

    /// The major number of the release; a rolling release has none and counts as new.
    fn release(&self) -> u32 {
        let major = self.version.split('.').next().unwrap_or_default();
        major.parse().unwrap_or(u32::MAX)
    }
}

/// A sentence or two that end in a command to type.
pub(super) fn how_to_get_it(system: &System) -> String {
    let by_package = match system {
        s if s.id == "debian" && s.release() < 13 => {
            "Debian has a package from release 13 on, and fetching that one did not work here; \
             check the network and try `cargo xtask micropython` again"
        }
        s if s.id == "ubuntu" && s.release() < 24 => "Ubuntu has a recent package from 24.04 on",
        s if s.is_like("ubuntu") || s.is_like("debian") => {
            "install it: sudo apt-get update && sudo apt-get install micropython"
        }
        s if s.is_like("fedora") => "install it: sudo dnf install micropython",
        s if s.is_like("nixos") => "install it: nix profile install nixpkgs#micropython",
        s if s.is_like("macos") => "install it: brew install micropython",
        s if s.is_like("windows") => {
            "MicroPython's unix port needs a Unix: run simulated boards in WSL"
        }
        _ => "it is packaged for apt (Debian 13, Ubuntu 24.04), dnf, brew and nix",
    };
    format!(
        "simulated boards need MicroPython's unix port (1.20 or later), and there is none here\n  \
         {by_package}\n  or name a build of your own: export BELAY_MICROPYTHON=path"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(os_release: &str, debian_archive: bool, hint: &str) {
        let system = System::parse(os_release);
        assert_eq!(system.debian_archive(), debian_archive, "{os_release}");
        let text = how_to_get_it(&system);
        assert!(text.contains(hint), "{os_release}\n{text}");
        assert!(text.ends_with("export BELAY_MICROPYTHON=path"), "{text}");
    }

    #[test]
    fn each_system_gets_its_own_command() {
        check("ID=debian\nVERSION_ID=\"12\"\n", true, "from release 13 on");
        check("ID=debian\nVERSION_ID=\"13\"\n", true, "sudo apt-get");
        check(
            "PRETTY_NAME=\"Debian forky/sid\"\nID=debian\n",
            true,
            "sudo apt-get",
        );
        check(
            "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"24.04\"",
            false,
            "sudo apt-get",
        );
        check(
            "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"22.04\"",
            false,
            "from 24.04 on",
        );
        check(
            "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\nVERSION_ID=\"22\"",
            false,
            "sudo apt-get",
        );
        check("ID=fedora\nVERSION_ID=42", false, "dnf install");
        check(
            "ID=rocky\nID_LIKE=\"rhel centos fedora\"",
            false,
            "dnf install",
        );
        check("ID=nixos", false, "nixpkgs#micropython");
        check("ID=macos", false, "brew install");
        check("ID=windows", false, "WSL");
        check("ID=alpine", false, "packaged for apt");
        check("", false, "packaged for apt");
    }
}
