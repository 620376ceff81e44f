//! Whole synchronisations, from connecting on, over links that damage what they carry or break.

use std::collections::BTreeMap;
use std::io::Write;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use belay_device::ConnectOptions;
use belay_sim::{Direction, LinkFaults};
use belay_transport::Properties;

use belay_sync::{ApplyError, PlanError, PlanOptions, Wanted, apply, plan};

use super::cuts::reconnect;
use super::noise::{Damage, Noisy};
use super::*;
use crate::support::{LIMIT, connect_with, open};

/// Names how many synchronisations there are to be of each kind, instead of a few.
const COUNT: &str = "BELAY_FAULTY_SYNCS";

fn syncs() -> u64 {
    std::env::var(COUNT).map_or(2, |count| count.parse().unwrap())
}

/// Another beginning for the links' random numbers.
fn seed() -> u64 {
    std::env::var("BELAY_FAULTY_SEED").map_or(1, |seed| seed.parse().unwrap())
}

/// The files of a folder in the `run`-th of its states: from one to the next some change, in length
/// or only in content, some come, some go, and some stay.
fn state(run: u64) -> BTreeMap<String, Vec<u8>> {
    let random = |length: u64| noise(length as usize);
    let mut files = BTreeMap::from([
        (
            "main.py".to_owned(),
            format!("value = {run}\n").repeat(200).into_bytes(),
        ),
        ("lib/same.py".to_owned(), b"import sys\n".repeat(30)),
        ("lib/data.bin".to_owned(), random(1500 + run % 7 * 300)),
        ("counter".to_owned(), (run % 100).to_le_bytes().to_vec()),
        (format!("log/{}", run % 5), random(200)),
        (
            format!("p{}/q/text", run % 3),
            format!("{run}").into_bytes(),
        ),
    ]);
    if run.is_multiple_of(4) {
        // A file where folders are in the states around it.
        files.retain(|name, _| !name.starts_with("log/"));
        files.insert("log".to_owned(), random(50));
    }
    files
}

fn wanted(files: &BTreeMap<String, Vec<u8>>) -> Wanted {
    let mut wanted = Wanted::new();
    for (name, content) in files {
        let path = belay_sync::RelativePath::new(name).unwrap();
        wanted.add_file(path, content.clone()).unwrap();
    }
    wanted
}

fn sync(device: &mut Device, files: &BTreeMap<String, Vec<u8>>) -> Result<(), Error> {
    let options = PlanOptions {
        keep: belay_sync::Keep::These(Vec::new()),
        ..PlanOptions::default()
    };
    let plan = plan(wanted(files), &mut device.files(), &options).map_err(|error| match error {
        PlanError::Remote { source } => source,
        other => panic!("{other}"),
    })?;
    let events = &mut |_| ControlFlow::Continue(());
    match apply(&plan, &mut device.files(), events) {
        Ok(_) => Ok(()),
        Err(ApplyError::Remote { source, .. }) => Err(source),
        Err(other) => panic!("{other}"),
    }
}

/// The digests of the board's files, by their paths.
fn found(device: &mut Device) -> BTreeMap<String, Digest> {
    let tree = device.files().walk("/").unwrap();
    let files = tree.entries.into_iter();
    let files: Vec<RemotePath> = files
        .filter(|entry| matches!(entry.kind, EntryKind::File { .. }))
        .map(|entry| entry.path)
        .collect();
    let digests = device.files().digests(&files).unwrap();
    files
        .iter()
        .map(|path| path.as_str()[1..].to_owned())
        .zip(digests.into_iter().map(Option::unwrap))
        .collect()
}

fn digests(files: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Digest> {
    let digest = |content: &Vec<u8>| Digest::of(DigestKind::Sha256, content);
    files
        .iter()
        .map(|(name, content)| (name.clone(), digest(content)))
        .collect()
}

/// Each file is the old or the new one.
fn assert_whole(
    there: &BTreeMap<String, Digest>,
    before: &BTreeMap<String, Digest>,
    after: &BTreeMap<String, Digest>,
) {
    for (name, digest) in there {
        let whole = [before, after].map(|files| files.get(name) == Some(digest));
        assert!(whole.contains(&true), "{name} is neither old nor new");
    }
    for (name, digest) in before {
        let stays = after.contains_key(name);
        let untouched = there.get(name) == Some(digest);
        assert!(
            !stays || untouched || there.contains_key(name),
            "{name} is lost"
        );
    }
}

fn options() -> ConnectOptions {
    ConnectOptions {
        timeout: LIMIT,
        ..ConnectOptions::default()
    }
}

/// Each synchronisation ends with the right files, or with an error; then each file is the old or
/// the new one, and the next synchronisation over a good link finishes the work.
fn check(damage: &'static [Damage], flow: Properties) {
    let board = board();
    let syncs = syncs();
    let mut before = digests(&BTreeMap::new());
    let mut errors = BTreeMap::<String, u32>::new();
    let mut struck = 0;
    for run in 1..=syncs {
        let damaged = Arc::<AtomicU64>::default();
        let port = Noisy {
            port: open(&board),
            damage,
            rate: 1000,
            state: 0x9e37_79b9_7f4a_7c15 ^ (seed() << 32) ^ run,
            on: Arc::new(AtomicBool::new(true)),
            damaged: Arc::clone(&damaged),
            flow,
            pending: Vec::new(),
        };
        let files = state(run);
        let after = digests(&files);
        let result = Device::connect(Box::new(port), options())
            .and_then(|mut device| sync(&mut device, &files));
        struck += damaged.load(Ordering::SeqCst);

        let (mut device, _) = connect_with(open(&board), options());
        let there = found(&mut device);
        if let Err(error) = result {
            assert_whole(&there, &before, &after);
            *errors.entry(error.to_string()).or_default() += 1;
            sync(&mut device, &files).unwrap();
            assert_eq!(found(&mut device), after, "run {run}");
        } else {
            assert_eq!(there, after, "run {run}");
        }
        before = after;
    }
    if std::env::var_os(COUNT).is_some() {
        let text = format!("{damage:?}: {struck} damages in {syncs} syncs; errors: {errors:#?}\n");
        std::io::stderr().write_all(text.as_bytes()).unwrap();
    }
    assert!(struck > syncs);
}

#[test]
fn all_of_it() {
    let damage = &[Damage::Drop, Damage::Flip, Damage::Repeat];
    check(damage, Properties::LOSSY);
}

/// A link that breaks after so many bytes, at each of its directions' 500th ones.
#[test]
fn cut_at_every_500th_byte() {
    let board = board();
    let mut run = 1;
    let (mut device, _) = connect_with(open(&board), options());
    sync(&mut device, &state(run)).unwrap();
    drop(device);
    for direction in [Direction::ToBoard, Direction::ToHost] {
        let mut cuts = 0;
        for position in (500..).step_by(500) {
            let before = digests(&state(run));
            run += 1;
            let (files, after) = (state(run), digests(&state(run)));
            let faults = LinkFaults::default().cut_after(direction, position);
            board.set_link_faults(faults).unwrap();
            let path = board.stable_path().to_str().unwrap().to_owned();
            let result = belay_transport::Serial::open(&path, 115_200)
                .map_err(Error::from)
                .and_then(|port| Device::connect(Box::new(port), options()))
                .and_then(|mut device| sync(&mut device, &files));
            board.set_link_faults(LinkFaults::default()).unwrap();
            if result.is_ok() {
                let mut device = reconnect(&board);
                assert_eq!(found(&mut device), after, "{position}");
                break;
            }
            cuts += 1;
            assert!(
                matches!(
                    result,
                    Err(Error::Transport(
                        belay_transport::Error::Disconnected { .. }
                    ))
                ),
                "{result:?}"
            );
            board.plug_in().unwrap();
            let mut device = reconnect(&board);
            assert_whole(&found(&mut device), &before, &after);
            sync(&mut device, &files).unwrap();
            assert_eq!(found(&mut device), after, "{position}");
        }
        assert!(cuts > 1, "{cuts} cuts {direction:?}");
    }
}
