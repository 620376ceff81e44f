//! MicroPython as Debian packages it.
//!
//! Debian 13's MicroPython needs a newer C library than Debian 12 has, so that
//! library is unpacked beside it and its own loader starts the program.

use std::path::Path;

use anyhow::Result;

use crate::apt::{self, Kind, Request};

/// MicroPython and everything it is linked with.
const REQUEST: Request = Request {
    name: "micropython",
    suite: "trixie",
    packages: &[
        "micropython",
        "libc6",
        "libffi8",
        "libmbedtls21",
        "libmbedcrypto16",
        "libmbedx509-7",
    ],
    kind: Kind::Packages,
};

/// Puts a launcher `micropython` and what it starts into `folder`.
pub(super) fn install(folder: &Path) -> Result<()> {
    apt::install(
        &REQUEST,
        folder,
        |built, architecture| {
            let libraries = format!("usr/lib/{}", architecture.libraries);
            let text = apt::launcher(
                "usr/bin/micropython",
                &[libraries],
                architecture.loader,
                &[],
            );
            apt::write_launcher(&built.join("micropython"), &text)
        },
        |folder| super::probe(&folder.join("micropython")).map(|_| ()),
    )
}
