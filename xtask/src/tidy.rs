//! `cargo xtask tidy`.
pub(crate) const ABOUT: &str = "Check the rules of the source tree.";
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<std::process::ExitCode> {
    crate::no_arguments(arguments)?;
    check()?;
    Ok(std::process::ExitCode::SUCCESS)
}
pub(crate) fn check() -> anyhow::Result<()> {
    Ok(())
}
