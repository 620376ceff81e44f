//! Every environment variable that `belay` reads.

use std::ffi::OsString;

/// An environment variable that changes what `belay` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it does, in one line of the help text.
    pub purpose: &'static str,
}

/// The device that a command uses when none is given.
pub const BELAY_DEVICE: Variable = Variable {
    name: "BELAY_DEVICE",
    purpose: "The device to use where no PORT is given, for instance sim:",
};

/// Where drives of boards with CircuitPython are, if not where this computer mounts drives; separated as in `PATH`.
pub const BELAY_DRIVE: Variable = Variable {
    name: "BELAY_DRIVE",
    purpose: "Folders that are drives of boards with CircuitPython",
};

/// The interpreter that simulated boards run on. Read by the simulator.
pub const BELAY_MICROPYTHON: Variable = Variable {
    name: "BELAY_MICROPYTHON",
    purpose: "The MicroPython (unix port) that simulated boards run on",
};

/// The password of a WebREPL or web workflow, which no other user of this computer sees.
pub const BELAY_PASSWORD: Variable = Variable {
    name: "BELAY_PASSWORD",
    purpose: "The password of a WebREPL or web workflow, as --password",
};

/// The editor of `belay fs edit`, as other programs have it too.
pub const EDITOR: Variable = Variable {
    name: "EDITOR",
    purpose: "The editor of belay fs edit; VISUAL comes before it",
};

/// The editor for a terminal that can show more than lines.
pub const VISUAL: Variable = Variable {
    name: "VISUAL",
    purpose: "The editor of belay fs edit, with its arguments",
};

/// Where MicroPython on this computer looks for modules.
pub const MICROPYPATH: Variable = Variable {
    name: "MICROPYPATH",
    purpose: "Where a program of belay run looks behind the dependencies",
};

/// Where logins for servers are, as other programs have it too.
pub const NETRC: Variable = Variable {
    name: "NETRC",
    purpose: "The file with logins for servers of packages, instead of ~/.netrc",
};

/// Turns colours off, as <https://no-color.org> has it.
pub const NO_COLOR: Variable = Variable {
    name: "NO_COLOR",
    purpose: "No colours, whatever its value, unless it is empty",
};

/// Where downloads are kept, on Linux. Read by the crate `directories`.
pub const XDG_CACHE_HOME: Variable = Variable {
    name: "XDG_CACHE_HOME",
    purpose: "The cache folder, where belay keeps downloads",
};

/// Where the user's own settings are, on Linux. Read by the crate `directories`.
pub const XDG_CONFIG_HOME: Variable = Variable {
    name: "XDG_CONFIG_HOME",
    purpose: "The settings folder, whose belay/config.toml gives names to devices",
};

/// Where the flash images of simulated boards are kept. Read by the simulator.
pub const XDG_DATA_HOME: Variable = Variable {
    name: "XDG_DATA_HOME",
    purpose: "The data folder, where the flash of simulated boards is kept",
};

/// All of them, in the order of the help text.
pub const ALL: [Variable; 12] = [
    BELAY_DEVICE,
    BELAY_DRIVE,
    BELAY_MICROPYTHON,
    BELAY_PASSWORD,
    EDITOR,
    MICROPYPATH,
    NETRC,
    NO_COLOR,
    VISUAL,
    XDG_CACHE_HOME,
    XDG_CONFIG_HOME,
    XDG_DATA_HOME,
];

impl Variable {
    /// Its value. An empty one counts as none.
    pub fn value(self) -> Option<OsString> {
        std::env::var_os(self.name).filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_names_them_all() {
        let readme = include_str!("../README.md");
        for Variable { name, purpose } in ALL {
            let row = format!("| `{name}` | {purpose} |\n");
            assert!(readme.contains(&row), "README.md has no line {row}");
        }
        assert_eq!(
            readme.matches("\n| `").count(),
            ALL.len(),
            "a variable that is not read"
        );
    }
}
