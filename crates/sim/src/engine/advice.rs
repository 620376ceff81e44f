//! How to get an engine on this system.

/// One sentence with the command that works here.
pub(super) fn advice(variable: &str) -> String {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    format!(
        "{}, or set {} to a micropython program",
        install(std::env::consts::OS, &release),
        variable
    )
}

fn install(system: &str, release: &str) -> &'static str {
    let field = |key: &str| {
        release
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
            .map_or("", |value| value.trim_matches(['"', '\'']))
    };
    let major: u32 = field("VERSION_ID")
        .split('.')
        .next()
        .and_then(|part| part.parse().ok())
        .unwrap_or(0);
    match (system, field("ID")) {
        ("macos", _) => "run `brew install micropython`",
        // Testing and unstable have no version number.
        (_, "debian") if major == 0 || major >= 13 => "run `sudo apt install micropython`",
        (_, "ubuntu") if major >= 24 => "run `sudo apt install micropython`",
        (_, "fedora") => "run `sudo dnf install micropython`",
        (_, "nixos") => "run `nix-env -iA nixpkgs.micropython`",
        _ => "run `cargo xtask micropython` in a checkout of Belay",
    }
}

#[cfg(test)]
mod tests {
    use super::install;

    #[test]
    fn each_system_has_its_command() {
        let debian12 = "ID=debian\nVERSION_ID=\"12\"\n";
        let debian13 = "ID=debian\nVERSION_ID=\"13\"\n";
        let ubuntu = "NAME=\"Ubuntu\"\nID=ubuntu\nVERSION_ID=\"24.04\"\n";
        assert!(install("linux", debian12).contains("cargo xtask micropython"));
        assert!(install("linux", debian13).contains("apt install"));
        assert!(install("linux", ubuntu).contains("apt install"));
        assert!(install("linux", "ID=fedora\nVERSION_ID=41\n").contains("dnf"));
        assert!(install("linux", "ID=nixos\n").contains("nix"));
        assert!(install("macos", "").contains("brew"));
        assert!(install("linux", "").contains("cargo xtask micropython"));
    }
}
