//! What errors of projects and packages mean.

use belay_pkgmgr::ConfigError;

/// What to write in the place of the first mistake that can be mended so.
pub(super) fn fix(error: &ConfigError) -> Option<String> {
    let fix = error
        .mistakes
        .iter()
        .find_map(|mistake| Some((mistake.location, mistake.fix.as_ref()?)));
    let (location, fix) = fix?;
    Some(format!("write {} at {location}", fix.text))
}
