//! `belay completions` and `belay man`: what the command line says of itself.

use std::io::Write as _;

use clap::CommandFactory as _;

use crate::args::{Cli, Completions, Man};
use crate::context::Context;
use crate::{Error, completion};

/// Writes the script that completes command lines in a shell.
pub(crate) fn completions(args: &Completions, context: &Context) -> Result<u8, Error> {
    let mut script = Vec::new();
    completion::script(args.shell, &mut script).map_err(Error::Output)?;
    write(&script, context)
}

/// Writes the manual: one page, or all of them into a folder.
pub(crate) fn man(args: &Man, context: &Context) -> Result<u8, Error> {
    let failed = |source| Error::File {
        path: args.folder.clone().unwrap_or_default(),
        source,
    };
    if let Some(folder) = &args.folder {
        std::fs::create_dir_all(folder).map_err(failed)?;
        clap_mangen::generate_to(Cli::command(), folder).map_err(failed)?;
        return Ok(0);
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command())
        .render(&mut page)
        .map_err(Error::Output)?;
    write(&page, context)
}

fn write(text: &[u8], context: &Context) -> Result<u8, Error> {
    let mut output = context.printer.output();
    output
        .write_all(text)
        .and_then(|()| output.flush())
        .map_err(Error::Output)?;
    Ok(0)
}
