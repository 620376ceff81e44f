//! A real server for serial ports: ser2net. The tests of other crates take this file as it is.

use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Once;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

/// Names the program. Set, it makes tests fail where it is missing.
const VARIABLE: &str = "BELAY_SER2NET";
const PROGRAM: &str = "ser2net";

/// The TCP port, of an address that is the server's own.
const PORT: u16 = 2217;

/// A server in front of one serial port.
pub(crate) struct Ser2net {
    process: Child,
    address: Ipv4Addr,
    _folder: tempfile::TempDir,
}

impl Ser2net {
    /// Starts a server for the port at `path`; `None` where there is no ser2net and tests may be left out.
    /// `protocol` is what it speaks, in its own words: `tcp`, `telnet,tcp` or `telnet(rfc2217),tcp`.
    pub(crate) fn start(path: &str, protocol: &str) -> Option<Self> {
        let Some(program) = find() else {
            left_out();
            return None;
        };
        let address = own_address();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ser2net.yaml");
        let config = format!(
            "connection: &board\n  accepter: {protocol},{address},{PORT}\n  \
             connector: serialdev,{path},115200n81,local\n"
        );
        fs::write(&file, config).unwrap();
        let mut process = Command::new(program)
            .args(["-n", "-d", "-c"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.path().join("errors")).unwrap())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(60);
        while !is_listening(address) {
            let errors = fs::read_to_string(folder.path().join("errors")).unwrap();
            let ended = process.try_wait().unwrap();
            assert!(ended.is_none(), "ser2net has ended: {errors}");
            assert!(
                Instant::now() < deadline,
                "ser2net serves nothing: {errors}"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        Some(Self {
            process,
            address,
            _folder: folder,
        })
    }

    /// The host and the port.
    pub(crate) fn address(&self) -> String {
        format!("{}:{PORT}", self.address)
    }
}

impl Drop for Ser2net {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// An address of this computer that no other test has, so that ports need not be guessed.
fn own_address() -> Ipv4Addr {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    let [.., high, low] = std::process::id().to_be_bytes();
    Ipv4Addr::new(127, high.max(1), low, NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Whether somebody listens there, without a connection that would open the serial port.
fn is_listening(address: Ipv4Addr) -> bool {
    let wanted = format!("{:08X}:{PORT:04X}", u32::from_le_bytes(address.octets()));
    let sockets = fs::read_to_string("/proc/net/tcp").unwrap();
    sockets.lines().any(|line| {
        let mut words = line.split_whitespace().skip(1);
        words.next() == Some(&wanted) && words.nth(1) == Some("0A")
    })
}

/// As it is named, as Debian's package installs it, or as `cargo xtask test-sim` puts it into the user's
/// data folder.
fn find() -> Option<PathBuf> {
    if let Some(named) = named(VARIABLE) {
        return Some(named);
    }
    let folders = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&folders).chain(["/usr/sbin".into()]);
    let data = named("XDG_DATA_HOME").filter(|path| path.is_absolute());
    let data = data.or_else(|| Some(named("HOME")?.join(".local/share")));
    folders
        .map(|folder| folder.join(PROGRAM))
        .chain(data.map(|folder| folder.join("belay/ser2net").join(PROGRAM)))
        .find(|candidate| Path::is_file(candidate))
}

fn named(variable: &str) -> Option<PathBuf> {
    let value = env::var_os(variable).filter(|value| !value.is_empty());
    value.map(PathBuf::from)
}

/// Says once that tests are left out, past the capture of what tests print.
fn left_out() {
    static SAID: Once = Once::new();
    SAID.call_once(|| {
        let note = "note: tests with ser2net are left out: it is missing; `cargo xtask test-sim` finds or \
                    gets it\n";
        io::stderr().write_all(note.as_bytes()).ok();
    });
}
