//! From the bytes of a file to text.

use crate::error::BOM;
use crate::{Error, ErrorKind};

/// The text of a source file, which must be UTF-8. A byte order mark is left out.
///
/// An encoding that a comment in the first two lines declares ([PEP 263]) must be UTF-8, or ASCII,
/// which is a part of it. MicroPython reads every file as UTF-8 whatever it declares, and in the
/// minified text the comment is gone.
///
/// # Errors
///
/// [`ErrorKind::InvalidUtf8`] with the range of the first wrong bytes;
/// [`ErrorKind::UnsupportedEncoding`] with the range of the encoding's name.
///
/// [PEP 263]: https://peps.python.org/pep-0263/
pub fn decode(bytes: &[u8]) -> Result<&str, Error> {
    if let Some((start, name)) = declared(bytes).filter(|(_, name)| !is_utf8(name)) {
        let kind = ErrorKind::UnsupportedEncoding {
            name: String::from_utf8_lossy(name).into_owned(),
        };
        return Err(Error::new(kind, start..start + name.len()));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let start = error.valid_up_to();
        let end = error
            .error_len()
            .map_or(bytes.len(), |length| start + length);
        Error::new(ErrorKind::InvalidUtf8, start..end)
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// The encoding that the first or second line declares, and where. The second line counts only
/// behind a line without code.
fn declared(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut start = if bytes.starts_with(BOM) { BOM.len() } else { 0 };
    for _ in 0..2 {
        let rest = &bytes[start..];
        let end = rest
            .iter()
            .position(|byte| matches!(byte, b'\n' | b'\r'))
            .unwrap_or(rest.len());
        let line = &rest[..end];
        let blank = line
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\x0c'))
            .count();
        match line.get(blank) {
            Some(b'#') => {
                if let Some((offset, name)) = in_comment(line) {
                    return Some((start + offset, name));
                }
            }
            Some(_) => return None,
            None => {}
        }
        let pair = rest[end..].starts_with(b"\r\n");
        start = (start + end + 1 + usize::from(pair)).min(bytes.len());
    }
    None
}

/// The name behind the first `coding:` or `coding=` that has one, and where.
fn in_comment(line: &[u8]) -> Option<(usize, &[u8])> {
    memchr::memmem::find_iter(line, b"coding").find_map(|found| {
        let sign = found + b"coding".len();
        if !matches!(line.get(sign), Some(b':' | b'=')) {
            return None;
        }
        let blank = line[sign + 1..]
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        let start = sign + 1 + blank;
        let length = line[start..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
            .count();
        (length > 0).then(|| (start, &line[start..start + length]))
    })
}

/// Whether Python takes the name for UTF-8 or ASCII.
fn is_utf8(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    let name: Vec<u8> = name
        .iter()
        .map(|&byte| if byte == b'_' { b'-' } else { byte })
        .collect();
    name.starts_with(b"utf-8-")
        || [&b"utf-8"[..], b"utf8", b"u8", b"utf", b"ascii", b"us-ascii"].contains(&&*name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_other_than_utf8_are_refused() {
        let accepted = [
            "",
            "# coding: utf-8",
            "#!/usr/bin/env python3\n# -*- coding: UTF_8 -*-\n",
            "\r\n# vim: set fileencoding=utf-8-unix :",
            "\u{feff}# coding: us-ascii",
            "# encoding is latin-1\n",
            "x = 1\n# coding: latin-1\n",
            "\n\n# coding: latin-1\n",
            "# coding:",
            "x = '# coding: latin-1'",
        ];
        for source in accepted {
            let text = source.strip_prefix('\u{feff}').unwrap_or(source);
            assert_eq!(decode(source.as_bytes()), Ok(text), "{source:?}");
        }
        let check = |source: &str, range, name: &str| {
            let kind = ErrorKind::UnsupportedEncoding { name: name.into() };
            assert_eq!(decode(source.as_bytes()), Err(Error { kind, range }));
        };
        check("# coding: latin-1\n", 10..17, "latin-1");
        check("#!/bin/python\r\n \t# coding=cp1252", 26..32, "cp1252");
        check("\u{feff}# coding: utf-16", 13..19, "utf-16");
        check("# coding coding:\tkoi8_r", 17..23, "koi8_r");
    }

    #[test]
    fn the_first_wrong_bytes_are_found() {
        let check = |bytes: &[u8], range| {
            let kind = ErrorKind::InvalidUtf8;
            assert_eq!(decode(bytes), Err(Error { kind, range }));
        };
        check(b"x = '\xff'", 5..6);
        check(b"# caf\xe9", 5..6);
        check(b"\xe2\x82", 0..2);
    }
}
