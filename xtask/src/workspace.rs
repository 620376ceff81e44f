//! Where the workspace is, and `cargo` as it was started.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::shell;

/// The folder that holds the workspace's `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    // Cargo sets the variable when it runs the task; the folder known at compile
    // time serves a binary that is started by hand.
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest
        .parent()
        .map_or_else(|| manifest.clone(), Path::to_path_buf)
}

/// The `cargo` that runs this task, in the workspace's root.
pub(crate) fn cargo() -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(root());
    // What `cargo run` says of this task's own package would make build scripts run anew that look at it.
    for (name, _) in std::env::vars_os() {
        let name_text = name.to_string_lossy();
        if name_text.starts_with("CARGO_PKG_") || name_text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// `cargo metadata` of the workspace's own packages; touches no network.
pub(crate) fn metadata() -> Result<Value> {
    let arguments = ["metadata", "--no-deps", "--format-version", "1"];
    let output = shell::output(cargo().args(arguments))?;
    serde_json::from_slice(&output.stdout).context("`cargo metadata` printed no JSON")
}

/// Where cargo builds.
pub(crate) fn target() -> Result<PathBuf> {
    let metadata = metadata()?;
    let target = metadata["target_directory"].as_str();
    let target = target.context("`cargo metadata` names no target folder")?;
    Ok(PathBuf::from(target))
}

/// Builds `belay`, and says where it is.
pub(crate) fn build_belay(release: bool) -> Result<PathBuf> {
    let mut command = cargo();
    command.args(["build", "-p", "belay"]);
    if release {
        command.arg("--release");
    }
    shell::run(&mut command).context("`belay` does not build")?;
    let profile = if release { "release" } else { "debug" };
    let program = format!("belay{}", std::env::consts::EXE_SUFFIX);
    Ok(target()?.join(profile).join(program))
}
