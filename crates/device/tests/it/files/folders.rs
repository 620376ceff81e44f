//! Local folders onto boards.

use std::fs;
use std::sync::atomic::Ordering;

use belay_device::ConnectOptions;
use belay_sync::check_remote;

use belay_sim::Board;
use belay_transport::Transport;

use super::*;
use crate::support::{Counting, LIMIT, Unknown, connect_with, mirror, open};

#[test]
fn a_board_is_a_remote_as_others_are() {
    let board = board();
    let (mut device, _) = connect(&board);
    device.files().create_folder("/bench", false).unwrap();
    check_remote(&mut device.files(), &path("/bench"));
}

#[test]
fn a_card_is_not_emptied() {
    let board = board();
    let (mut device, _) = connect(&board);
    device.exec(include_str!("../../data/card.py")).unwrap();
    device.files().write("/sd/photo", b"dear").unwrap();
    device.files().write("/old", b"1").unwrap();
    let tree = device.files().walk("/").unwrap();
    assert_eq!(tree.mounts, [path("/sd")]);

    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.py"), "x=1\n").unwrap();
    let summary = mirror(&mut device, folder.path(), "/").unwrap();
    assert_eq!((summary.put, summary.deleted), (1, 1));
    assert_eq!(device.files().read("/sd/photo").unwrap(), b"dear");

    // Aimed at the card, it is a mirror as elsewhere.
    let summary = mirror(&mut device, folder.path(), "/sd").unwrap();
    assert_eq!((summary.put, summary.deleted), (1, 1));
    assert!(device.files().walk("/sd").unwrap().mounts.is_empty());
}

#[test]
fn what_is_the_same_takes_three_round_trips_and_no_flash() {
    nothing_changed(open, 3);
}

/// The board says that it reads before it gets code that is longer than its input buffer.
#[test]
fn what_is_the_same_takes_few_round_trips_over_a_uart() {
    nothing_changed(|board| Box::new(Unknown(open(board))), 4);
}

/// Syncs a folder twice over a link, and expects so many round trips the second time.
fn nothing_changed(link: impl Fn(&Board) -> Box<dyn Transport>, most: u32) {
    let folder = tempfile::tempdir().unwrap();
    for module in 0..60 {
        let package = folder.path().join(format!("package{}", module % 4));
        let file = package.join(format!("module_{module}.py"));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, format!("value = {module}\n")).unwrap();
    }
    fs::write(folder.path().join("data.bin"), noise(40_000)).unwrap();
    let board = board();
    let (port, trips) = Counting::new(link(&board));
    let options = ConnectOptions {
        timeout: LIMIT,
        ..ConnectOptions::default()
    };
    let (mut device, _) = connect_with(Box::new(port), options);
    let mut sync = || {
        let before = trips.load(Ordering::SeqCst);
        let summary = mirror(&mut device, folder.path(), "/").unwrap();
        (summary.put, trips.load(Ordering::SeqCst) - before)
    };
    assert_eq!(sync().0, 61);
    let before = board.flash_counters().unwrap();
    let (put, trips) = sync();
    let after = board.flash_counters().unwrap();
    assert_eq!(put, 0);
    assert!(trips <= most, "{trips} round trips");
    assert_eq!(
        (after.programs, after.erases),
        (before.programs, before.erases)
    );
}

#[test]
fn one_folder_is_listed_without_what_lies_below_it() {
    let board = board();
    let (port, trips) = Counting::new(open(&board));
    let heard = port.heard();
    let options = ConnectOptions {
        reset: false,
        timeout: LIMIT,
        ..ConnectOptions::default()
    };
    let (mut device, _) = connect_with(Box::new(port), options);
    let mut files: Vec<_> = (0..200)
        .map(|number| (path(&format!("/lib/deep/er/{number}")), Vec::new()))
        .collect();
    files.push((path("/lib/a.py"), b"12".to_vec()));
    device
        .files()
        .put_many(&files, &mut |_| ControlFlow::Continue(()))
        .unwrap();
    let cost = |work: &mut dyn FnMut()| {
        let before = [&trips, &heard].map(|count| count.load(Ordering::SeqCst));
        work();
        let after = [&trips, &heard].map(|count| count.load(Ordering::SeqCst));
        (after[0] - before[0], after[1] - before[1])
    };
    let mut listed = Vec::new();
    let (round_trips, bytes) = cost(&mut || listed = device.files().list("/lib").unwrap());
    let names: Vec<&str> = listed.iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(names, ["/lib/a.py", "/lib/deep"]);
    assert!(round_trips <= 2 && bytes < 250, "{round_trips}, {bytes}");
    let mut all = 0;
    let (_, bytes) = cost(&mut || all = device.files().walk("/lib").unwrap().entries.len());
    assert!(all == 203 && bytes > 5000, "{all}, {bytes}");
}
