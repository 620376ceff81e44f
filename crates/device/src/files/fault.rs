//! What a board's exception says of a file.

use belay_sync::RemotePath;

use crate::{Error, Exception, FileFault};

/// The error of an operation on `path`.
pub(super) fn at(path: &RemotePath, fault: FileFault) -> Error {
    Error::File {
        path: path.as_str().to_owned(),
        fault,
    }
}

/// The error behind an exception's repr as a board printed it, for an operation on `path`.
pub(super) fn from_repr(text: &str, path: &str) -> Error {
    let (kind, arguments) = text.split_once('(').unwrap_or((text, ""));
    let arguments = arguments.trim_end_matches(')').trim_end_matches(',');
    let exception = Exception {
        kind: kind.to_owned(),
        message: arguments.to_owned(),
        frames: Vec::new(),
    };
    from_exception(exception, path)
}

/// `error`, where it is an exception on the board, as one of an operation on `path`.
pub(super) fn located(error: Error, path: &str) -> Error {
    match error {
        Error::Exception(exception) => from_exception(*exception, path),
        other => other,
    }
}

/// The error behind an exception, for an operation on `path`.
pub(super) fn from_exception(exception: Exception, path: &str) -> Error {
    let fault = match exception.kind.as_str() {
        // As the micro:bit's firmware says it.
        "OSError" if exception.message.contains("file not found") => Some(FileFault::NotFound),
        "OSError" if exception.message.contains("no more storage space") => Some(FileFault::Full),
        "OSError" => number(&exception.message).map(FileFault::from_number),
        "MemoryError" => Some(FileFault::NoMemory),
        "ValueError" if exception.message.contains("digest") => Some(FileFault::Unverified),
        _ => None,
    };
    match fault {
        Some(fault) => Error::File {
            path: path.to_owned(),
            fault,
        },
        None => Error::Exception(Box::new(exception)),
    }
}

/// The number in `28`, `28, 'x'`, `[Errno 28] ENOSPC` or `ENOSPC`, as firmwares say it.
fn number(message: &str) -> Option<u32> {
    let message = message.strip_prefix("[Errno ").unwrap_or(message);
    let digits = message.len()
        - message
            .trim_start_matches(|c: char| c.is_ascii_digit())
            .len();
    if digits > 0 {
        return message[..digits].parse().ok();
    }
    let name = message.trim_matches(|c: char| !c.is_ascii_uppercase());
    Some(match name {
        "ENOENT" => 2,
        "EIO" => 5,
        "EACCES" => 13,
        "EEXIST" => 17,
        "ENODEV" => 19,
        "ENOTDIR" => 20,
        "EISDIR" => 21,
        "EINVAL" => 22,
        "ENOSPC" => 28,
        "EROFS" => 30,
        "ENOTEMPTY" => 39,
        _ => return None,
    })
}

impl FileFault {
    /// What an error number of MicroPython means; they are those of Linux.
    fn from_number(number: u32) -> Self {
        match number {
            2 => Self::NotFound,
            // LittleFS says the first of its root.
            1 | 13 => Self::Denied,
            17 => Self::Exists,
            20 => Self::NotAFolder,
            21 => Self::IsAFolder,
            22 => Self::BadName,
            28 => Self::Full,
            30 => Self::ReadOnly,
            36 => Self::NameTooLong,
            39 => Self::NotEmpty,
            number => Self::Other { number },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn firmwares_say_it_differently() {
        let check = |text: &str, expected: FileFault| {
            let error = from_repr(text, "/a");
            let Error::File { fault, .. } = error else {
                panic!("{text}: {error}")
            };
            assert_eq!(fault, expected, "{text}");
        };
        check("OSError(28,)", FileFault::Full);
        check("OSError(2, 'ENOENT')", FileFault::NotFound);
        check("OSError([Errno 30] EROFS)", FileFault::ReadOnly);
        check("OSError(39)", FileFault::NotEmpty);
        check("OSError(5,)", FileFault::Other { number: 5 });
        check("ValueError('digest',)", FileFault::Unverified);
        check("MemoryError('no',)", FileFault::NoMemory);
        let error = from_repr("TypeError('x',)", "/a");
        assert!(matches!(error, Error::Exception(ref e) if e.kind == "TypeError"));
    }
}
