//! `belay minify`.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use belay_minify::Options;

use crate::args::Minify;
use crate::context::Context;
use crate::{Error, diagnose};

/// What stands for stdin, and how messages call it.
const STDIN: &str = "-";
const STDIN_NAME: &str = "<stdin>";

/// Where the results go.
enum Output {
    Nowhere,
    Stdout,
    /// A file for each source.
    Files(Vec<PathBuf>),
}

/// Prints smaller sources, or writes them to files. Nothing is written if one has an error.
pub(crate) fn minify(args: &Minify, context: &Context) -> Result<u8, Error> {
    let output = output(args)?;
    let options = Options { strip: args.strip };
    let mut results = Vec::new();
    let mut status = 0;
    for path in &args.files {
        let bytes = read(path)?;
        match smaller(path, &bytes, options) {
            Ok(text) => {
                context.printer.step(&saved(path, bytes.len(), text.len()));
                results.push(text);
            }
            // Whoever has several errors wants to see them all.
            Err(error) => {
                let diagnosis = diagnose(&error);
                context.printer.explain(&diagnosis.explanation);
                status = diagnosis.status;
            }
        }
    }
    if status == 0 {
        write(&output, &results, context)?;
    }
    Ok(status)
}

fn output(args: &Minify) -> Result<Output, Error> {
    if args.check {
        return Ok(Output::Nowhere);
    }
    let Some(place) = &args.output else {
        return match args.files.len() {
            1 => Ok(Output::Stdout),
            count => Err(Error::SeveralToOne { count }),
        };
    };
    let paths = if args.files.len() == 1 && !is_folder(place) {
        vec![place.clone()]
    } else {
        let name = |path: &PathBuf| match path.file_name() {
            Some(name) if path != Path::new(STDIN) => Ok(place.join(name)),
            _ => Err(Error::Read {
                path: path.clone(),
                source: io::ErrorKind::InvalidFilename.into(),
            }),
        };
        args.files.iter().map(name).collect::<Result<_, _>>()?
    };
    let sources = args
        .files
        .iter()
        .filter_map(|path| path.canonicalize().ok());
    let mut taken: HashSet<PathBuf> = sources.collect();
    for path in &paths {
        let full = path.canonicalize().unwrap_or_else(|_| path.clone());
        if !taken.insert(full) {
            return Err(Error::Overwrites { path: path.clone() });
        }
    }
    Ok(Output::Files(paths))
}

/// Whether a path is that of a folder, or is written as one.
fn is_folder(path: &Path) -> bool {
    path.is_dir()
        || path
            .as_os_str()
            .to_string_lossy()
            .ends_with(['/', std::path::MAIN_SEPARATOR])
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let bytes = if path == Path::new(STDIN) {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(path)
    };
    bytes.map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })
}

fn smaller(path: &Path, bytes: &[u8], options: Options) -> Result<String, Error> {
    let text = belay_tokenize::decode(bytes).map_err(|error| (error, bytes));
    let result = text.and_then(|text| {
        belay_minify::minify(text, &options).map_err(|error| (error, text.as_bytes()))
    });
    result.map_err(|(error, source)| Error::Minify {
        name: name(path),
        position: error.position(source),
        kind: error.kind,
    })
}

fn name(path: &Path) -> String {
    if path == Path::new(STDIN) {
        STDIN_NAME.to_owned()
    } else {
        path.display().to_string()
    }
}

/// How much smaller a source became.
fn saved(path: &Path, before: usize, after: usize) -> String {
    let fewer = before.saturating_sub(after);
    let percent = (fewer * 100 + before / 2).checked_div(before).unwrap_or(0);
    format!(
        "{}: {before} bytes became {after}, {percent} % fewer",
        name(path)
    )
}

fn write(output: &Output, results: &[String], context: &Context) -> Result<(), Error> {
    match output {
        Output::Nowhere => Ok(()),
        Output::Stdout => {
            let mut stdout = context.printer.output();
            let written = results
                .iter()
                .try_for_each(|text| stdout.write_all(text.as_bytes()));
            written.and_then(|()| stdout.flush()).map_err(Error::Output)
        }
        Output::Files(paths) => {
            for (path, text) in paths.iter().zip(results) {
                let written = path
                    .parent()
                    .map_or(Ok(()), fs::create_dir_all)
                    .and_then(|()| belay_deploy::write_file(path, text.as_bytes()));
                written.map_err(|source| Error::File {
                    path: path.clone(),
                    source,
                })?;
            }
            Ok(())
        }
    }
}
