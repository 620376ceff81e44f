//! Transfers that end in the middle.

use std::time::Instant;

use belay_sim::{Board, Direction, LinkFault, LinkFaults};
use belay_sync::{Keep, PlanOptions, RelativePath, Wanted, apply, plan};
use belay_transport::Serial;

use super::*;
use crate::support::{LIMIT, connect_with};

pub(super) fn reconnect(board: &Board) -> Device {
    let path = board.stable_path().to_str().unwrap().to_owned();
    let port = Serial::open(&path, 115_200).unwrap();
    let options = belay_device::ConnectOptions {
        reset: false,
        timeout: LIMIT,
        ..belay_device::ConnectOptions::default()
    };
    connect_with(Box::new(port), options).0
}

/// Files of which each has old contents, new ones, or both.
struct Change {
    path: RemotePath,
    old: Option<Vec<u8>>,
    new: Option<Vec<u8>>,
}

fn changes() -> Vec<Change> {
    let change = |name: &str, old: Option<Vec<u8>>, new: Option<Vec<u8>>| Change {
        path: path(name),
        old,
        new,
    };
    vec![
        change("/a.py", Some(b"old".repeat(50)), Some(b"new".repeat(50))),
        change("/b.bin", Some(noise(700)), Some(noise(1500))),
        change("/c", None, Some(b"only new\n".repeat(400))),
        change("/d", Some(b"x".to_vec()), Some(Vec::new())),
        change("/e", Some(b"to be deleted".to_vec()), None),
        change("/f", Some(noise(300)), Some(noise(250))),
        change("/g.py", None, Some(b"import a\n".to_vec())),
        change("/h", Some(b"short".to_vec()), Some(noise(900))),
        change("/i", Some(noise(2000)), Some(b"shorter".to_vec())),
        change("/j", Some(Vec::new()), Some(b"no longer empty".to_vec())),
    ]
}

fn steps<'a>(changes: &'a [Change], folder: &'a RemotePath) -> Vec<Step<'a>> {
    let create = std::iter::once(Step::CreateFolder(folder));
    let puts = changes.iter().filter_map(|change| {
        let content = change.new.as_deref()?;
        Some(put(&change.path, content))
    });
    let deletes = changes.iter().filter(|change| change.new.is_none());
    create
        .chain(puts)
        .chain(deletes.map(|change| Step::Delete(&change.path)))
        .collect()
}

/// Checks that each file is the old or the new one, whole; tells how many are new.
fn check_whole(device: &mut Device, changes: &[Change]) -> usize {
    let tree = device.files().walk("/").unwrap();
    let mut new = 0;
    for change in changes {
        let there = tree.entries.iter().any(|entry| entry.path == change.path);
        let content = there.then(|| device.files().read(change.path.as_str()).unwrap());
        new += usize::from(content == change.new);
        assert!(
            content == change.old || content == change.new,
            "{} is neither old nor new: {:?}",
            change.path,
            content.map(|content| content.len())
        );
    }
    new
}

/// Finishes what was cut, and checks that nothing is left over.
fn finish(device: &mut Device, changes: &[Change], folder: &RemotePath) {
    device.files().tree(&RemotePath::root()).unwrap();
    perform(device, &steps(changes, folder)).unwrap();
    let mut expected: Vec<_> = changes
        .iter()
        .filter_map(|change| Some((change.path.to_string(), Some(change.new.clone()?))))
        .collect();
    expected.push((folder.to_string(), None));
    expected.sort();
    assert_eq!(contents(device), expected);
    let leftovers: Vec<String> = device.eval("__import__('os').listdir('/')").unwrap();
    assert_eq!(leftovers.len(), expected.len(), "{leftovers:?}");
}

fn prepared(board: &Board, changes: &[Change]) {
    let (mut device, _) = connect(board);
    for change in changes {
        if let Some(old) = &change.old {
            device.files().write(change.path.as_str(), old).unwrap();
        }
    }
}

#[test]
fn power_cut_at_every_second_program_operation() {
    let board = board();
    let (changes, folder) = (changes(), path("/folder"));
    prepared(&board, &changes);
    let image = board.flash_image().unwrap();
    let mut finished = false;
    let mut cuts = 0;
    for operation in (1..).step_by(2) {
        board.cut_power().unwrap();
        board.set_flash_image(&image).unwrap();
        board.power_on().unwrap();
        let mut device = reconnect(&board);
        board.cut_power_at(operation).unwrap();
        let result =
            device.files().perform(
                &steps(&changes, &folder),
                &mut |_| ControlFlow::Continue(()),
            );
        drop(device);
        if result.is_ok() {
            finished = true;
            break;
        }
        let deadline = Instant::now() + LIMIT;
        while board.is_powered() {
            assert!(Instant::now() < deadline, "no power cut: {result:?}");
            std::thread::yield_now();
        }
        cuts += 1;
        board.power_on().unwrap();
        let mut device = reconnect(&board);
        check_whole(&mut device, &changes);
        finish(&mut device, &changes, &folder);
    }
    assert!(finished && cuts > 10, "{cuts} cuts");
}

/// Packages with the names of modules, as they are for boards: they add to what is built in.
fn packages() -> Wanted {
    let mut wanted = Wanted::new();
    for (path, content) in [
        (
            "lib/os/__init__.py",
            "from uos import *\nfrom . import path\n",
        ),
        ("lib/os/path.py", "sep = '/'\n"),
        (
            "lib/hashlib/__init__.py",
            "from uhashlib import *\nfrom ._more import more\n",
        ),
        ("lib/hashlib/_more.py", "more = 1\n"),
    ] {
        let path = RelativePath::new(path).unwrap();
        wanted.add_file(path, content.into()).unwrap();
    }
    wanted
}

/// Cuts the power at every third program operation of the way from one state of the board to the other,
/// from the `first` on, and goes on from there.
fn cut_on_the_way(first: u64, from: &Wanted, to: &Wanted) {
    let options = PlanOptions {
        keep: Keep::These(Vec::new()),
        ..PlanOptions::default()
    };
    let go = |device: &mut Device, wanted: &Wanted| {
        let plan = plan(wanted.clone(), &mut device.files(), &options).unwrap();
        let done = apply(&plan, &mut device.files(), &mut |_| {
            ControlFlow::Continue(())
        });
        done.is_ok()
    };
    // Whether the modules are there, and whole.
    let modules = "[m.listdir('/') if m.__name__ == 'os' else m.sha256 for m in (__import__('os'), \
                   __import__('hashlib'))] and 1";
    let board = board();
    assert!(go(&mut connect(&board).0, from));
    let image = board.flash_image().unwrap();
    for operation in (first..).step_by(3) {
        board.cut_power().unwrap();
        board.set_flash_image(&image).unwrap();
        board.power_on().unwrap();
        let mut device = reconnect(&board);
        board.cut_power_at(operation).unwrap();
        let done = go(&mut device, to);
        drop(device);
        if done {
            assert!(operation > 10, "{operation} operations");
            return;
        }
        let deadline = Instant::now() + LIMIT;
        while board.is_powered() {
            assert!(Instant::now() < deadline, "no power cut");
            std::thread::yield_now();
        }
        board.power_on().unwrap();
        let mut device = reconnect(&board);
        assert_eq!(device.eval::<u8>(modules).unwrap(), 1, "cut at {operation}");
        assert!(go(&mut device, to));
        let left: Vec<_> = contents(&mut device)
            .into_iter()
            .map(|(path, _)| path)
            .collect();
        let mut expected: Vec<String> = to.files().map(|(path, _)| format!("/{path}")).collect();
        expected.extend(to.folders().map(|path| format!("/{path}")));
        expected.sort();
        assert_eq!(left, expected);
    }
}

#[test]
fn a_package_that_hides_a_module_is_never_there_in_part() {
    let mut kept = Wanted::new();
    let path = RelativePath::new("lib/other.py").unwrap();
    kept.add_file(path, b"x=1\n".to_vec()).unwrap();
    cut_on_the_way(1, &Wanted::new(), &packages());
    // What stays is changed file by file.
    let mut newer = Wanted::new();
    for (path, content) in packages().files() {
        let content = [content, b"version = 2\n"].concat();
        newer.add_file(path.clone(), content).unwrap();
    }
    cut_on_the_way(2, &packages(), &newer);
    cut_on_the_way(3, &packages(), &kept);
}

#[test]
fn a_transfer_that_is_stopped_leaves_the_board_at_its_prompt() {
    let board = board();
    let (changes, folder) = (changes(), path("/folder"));
    prepared(&board, &changes);
    let (mut device, output) = connect(&board);
    let big = noise(200_000);
    let target = path("/b.bin");
    let old = changes.iter().filter(|change| change.old.is_some()).count();
    for at in [1, 30_000, 150_000] {
        let result = device
            .files()
            .perform(&[put(&target, &big)], &mut |event| match event {
                Progress::Sent { content, .. } if content >= at => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            });
        assert!(matches!(result, Err(Error::Interrupted)), "{result:?}");
        let names: Vec<String> = device.eval("__import__('os').listdir('/')").unwrap();
        assert_eq!(names.len(), old, "{names:?}");
        assert_eq!(check_whole(&mut device, &changes), 0);
    }
    // From another thread, too.
    let interrupter = device.interrupter();
    let mut thread = None;
    let result = device.files().perform(&[put(&target, &big)], &mut |event| {
        if matches!(event, Progress::Sent { .. }) && thread.is_none() {
            let interrupter = interrupter.clone();
            thread = Some(std::thread::spawn(move || interrupter.interrupt()));
        }
        ControlFlow::Continue(())
    });
    thread.unwrap().join().unwrap();
    assert!(matches!(result, Err(Error::Interrupted)), "{result:?}");
    finish(&mut device, &changes, &folder);
    assert_eq!(output.take_text(), "");
}

#[test]
fn packets_and_bytes_in_the_wrong_order() {
    let board = board();
    let (changes, folder) = (changes(), path("/folder"));
    for (seed, fault) in [
        (1, LinkFault::Packet),
        (2, LinkFault::Swap),
        (3, LinkFault::Packet),
    ] {
        let mut device = reconnect(&board);
        let faults = LinkFaults::default()
            .seed(seed)
            .rate(Direction::ToBoard, fault, 0.0003);
        board.set_link_faults(faults).unwrap();
        let result =
            device.files().perform(
                &steps(&changes, &folder),
                &mut |_| ControlFlow::Continue(()),
            );
        board.set_link_faults(LinkFaults::default()).unwrap();
        if result.is_ok() {
            assert_eq!(check_whole(&mut device, &changes), changes.len());
        }
        finish(&mut device, &changes, &folder);
    }
}
