//! The line of `boot.py` with which code on a board with CircuitPython may write.

/// In front of everything else, so that it is done whatever follows.
const LINE: &[u8] =
    b"import storage; storage.remount('/', readonly=False)  # by belay circuitpython remount\n";

/// What `boot.py` is to hold so that code on the board may write, and the computer may not.
pub fn with_remount(boot: &[u8]) -> Vec<u8> {
    [
        LINE,
        &without_remount(boot).unwrap_or_else(|| boot.to_vec()),
    ]
    .concat()
}

/// What `boot.py` held before [`with_remount`]; `None` if it has no such line.
pub fn without_remount(boot: &[u8]) -> Option<Vec<u8>> {
    boot.strip_prefix(LINE).map(<[u8]>::to_vec)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_boot_held_comes_back() {
        let own = b"import storage\r\nstorage.remount('/', readonly=False)";
        for boot in [&b""[..], own, b"\xff\xfe", b"def f(:\n"] {
            assert_eq!(without_remount(boot), None);
            let changed = with_remount(boot);
            assert_eq!(with_remount(&changed), changed);
            assert_eq!(without_remount(&changed).as_deref(), Some(boot));
        }
    }
}
