//! Boards on which programs have given the names of the firmware another meaning.
//!
//! All of it has to work, whatever a program has made of them.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use belay_device::{Batch, CallOptions, ConnectOptions, Device, Exit, Script, Startup};
use belay_sim::Firmware;
use belay_sync::{Remote, RemotePath};
use belay_transport::Transport;

use crate::support::{LIMIT, Unknown, at_once, builder, connect_with, open};

/// Does what a session can do, once.
fn use_everything(device: &mut Device, shadowed: &str) {
    let says = |what: &str| format!("{what} with {shadowed}");
    assert_eq!(device.eval::<i32>("6 * 7").expect(&says("eval")), 42);
    device.exec("x = 5").expect(&says("exec"));
    assert!(
        device
            .implementation()
            .expect(&says("implementation"))
            .free_memory
            > Some(1000)
    );
    let task = device
        .task("def double(a):\n    return a * 2\n")
        .expect(&says("task"));
    assert_eq!(task.call::<i32>(device, (21,)).expect(&says("call")), 42);
    let infinite = task
        .call::<f64>(device, (f64::INFINITY,))
        .expect(&says("inf"));
    assert!(infinite.is_infinite());
    let count = device
        .task("def count(n):\n    i = 0\n    while i < n:\n        yield i\n        i += 1\n");
    let values = count
        .expect(&says("task"))
        .generate(device, (3,))
        .expect(&says("generate"));
    let values: Result<Vec<i32>, _> = values.iter(device).collect();
    assert_eq!(values.expect(&says("values")), [0, 1, 2]);
    let list = device
        .object("[1, 2]")
        .expect(&says("object"))
        .proxy()
        .unwrap();
    assert_eq!(list.len(device).expect(&says("len")), 2);
    assert!(list.contains(device, 2).expect(&says("contains")));
    let items = list.iter(device).flatten();
    assert_eq!(items.count(), 2, "{shadowed}");
    let mut batch = Batch::new();
    batch.eval("x").exec("x = 6").eval("nothing");
    let results = device.run_batch(&batch);
    assert!(
        results[0].is_ok() && results[1].is_ok() && results[2].is_err(),
        "{results:?} {shadowed}"
    );
    let events = device.events().expect(&says("events"));
    device.exec("belay_emit('a', 1)").expect(&says("emit"));
    assert_eq!(events.try_iter().count(), 1, "{shadowed}");
    device.sync_time().expect(&says("sync_time"));
    let script = Script::new("s.py", "raise SystemExit(3)");
    // `SystemExit` may be one of the names.
    match device.run(&script) {
        Ok(exit) => assert!(exit == Exit::Exited(3.into()) || exit == Exit::Completed),
        Err(error) => assert!(
            matches!(error, belay_device::Error::Exception(_)),
            "{error}"
        ),
    }
    use_files(device, shadowed);
}

fn use_files(device: &mut Device, shadowed: &str) {
    let says = |what: &str| format!("{what} with {shadowed}");
    let path = |text: &str| RemotePath::new(text).unwrap();
    let mut files = device.files();
    let content = b"a text that shrinks, a text that shrinks\n".repeat(30);
    files
        .create_folder("/d/e", true)
        .expect(&says("create_folder"));
    files.write("/d/a", &content).expect(&says("write"));
    let put = [
        (path("/d/e/b"), b"1".to_vec()),
        (path("/d/e/c"), b"2".to_vec()),
    ];
    files
        .put_many(&put, &mut |_| ControlFlow::Continue(()))
        .expect(&says("put_many"));
    assert_eq!(files.read("/d/a").expect(&says("read")), content);
    files.rename("/d/a", "/d/f").expect(&says("rename"));
    files.touch("/d/t").expect(&says("touch"));
    assert!(files.stat("/d/f").expect(&says("stat")).is_some());
    assert!(files.stat("/d/a").expect(&says("stat")).is_none());
    assert_eq!(files.list("/d").expect(&says("list")).len(), 3);
    files.tree(&path("/d")).expect(&says("tree"));
    files.digest("/d/f").expect(&says("digest"));
    assert!(files.space("/").expect(&says("space")).is_some());
    files.remove("/d/t").expect(&says("remove"));
    files
        .remove_folder("/d", true)
        .expect(&says("remove_folder"));
}

/// A board is reset by its firmware's own module, whatever programs and files have made of the name.
#[test]
fn a_hard_reset_of_a_board_with_shadowed_names() {
    let board = builder().start().unwrap();
    let (mut device, _) = connect_with(open(&board), options());
    device.files().create_folder("/lib/machine", true).unwrap();
    device
        .exec("import sys\nsys.modules['machine'] = hasattr = __import__ = True\nkept = 1")
        .unwrap();
    device.hard_reset().unwrap();
    let error = device.eval::<i32>("kept").unwrap_err();
    assert!(
        matches!(error, belay_device::Error::Exception(ref e) if e.kind == "NameError"),
        "{error}"
    );
}

fn options() -> ConnectOptions {
    ConnectOptions {
        reset: false,
        timeout: LIMIT,
        ..ConnectOptions::default()
    }
}

/// Every name of a built-in function or type, whether a helper uses it or not.
#[test]
fn every_built_in_name_as_a_global_variable() {
    at_once([false, true], |checked| {
        let board = builder().start().unwrap();
        let link = |board: &belay_sim::Board| -> Box<dyn Transport> {
            if checked {
                Box::new(Unknown(open(board)))
            } else {
                open(board)
            }
        };
        let (mut device, _) = connect_with(link(&board), options());
        let names: BTreeSet<String> = device
            .eval("[n for n in dir(__import__('builtins')) if n[0] != '_']")
            .unwrap();
        assert!(names.len() > 60, "{names:?}");
        // All at once, then those whose absence others could hide, one by one.
        let all = names.iter().cloned().collect::<Vec<_>>().join("=");
        device.exec(&format!("{all}=__import__=True")).unwrap();
        device.close().unwrap();
        let (mut device, _) = connect_with(link(&board), options());
        use_everything(&mut device, "all of them");
        device.close().unwrap();
        for name in [
            "open",
            "len",
            "bytes",
            "print",
            "exec",
            "OSError",
            "ImportError",
        ] {
            let (mut device, _) = connect_with(link(&board), options());
            device.soft_reset().unwrap();
            device.exec(&format!("{name} = True")).unwrap();
            use_everything(&mut device, name);
            device.close().unwrap();
        }
    });
}

/// Files and folders under the names of the firmware's modules, where a package would put them, on
/// firmware that looks there first and on firmware that does not.
#[test]
fn files_and_folders_in_the_place_of_modules() {
    let modules = [
        "os",
        "sys",
        "gc",
        "io",
        "time",
        "binascii",
        "hashlib",
        "deflate",
        "zlib",
        "builtins",
        "micropython",
        "_thread",
        "machine",
        "storage",
        "supervisor",
        "uos",
        "usys",
        "uio",
    ];
    at_once([true, false], |files_first| {
        let firmware = Firmware {
            files_first,
            ..Firmware::default()
        };
        let board = builder().firmware(firmware).start().unwrap();
        let (mut device, _) = connect_with(open(&board), options());
        device.files().create_folder("/lib", true).unwrap();
        for module in modules {
            device
                .files()
                .create_folder(&format!("/lib/{module}"), true)
                .unwrap();
            if device.soft_reset().is_ok() {
                use_files(&mut device, &format!("the folder {module}"));
            }
        }
        use_everything_again(device, &board, "folders of all modules");
        let (mut device, _) = connect_with(open(&board), options());
        for module in modules {
            device
                .files()
                .remove_folder(&format!("/lib/{module}"), false)
                .unwrap();
            let file = format!("/lib/{module}.py");
            device
                .files()
                .write(&file, b"raise ValueError('mine')\n")
                .unwrap();
        }
        use_everything_again(device, &board, "files of all modules");
    });
}

fn use_everything_again(device: Device, board: &belay_sim::Board, shadowed: &str) {
    device.close().unwrap();
    let options = ConnectOptions {
        reset: true,
        startup: Startup::Nothing,
        ..options()
    };
    let (mut device, _) = connect_with(open(board), options);
    // Loaded from the file system, too, as a program would.
    for module in ["os", "binascii", "hashlib", "io", "time"] {
        let import = format!("try:\n import {module}\nexcept ValueError:\n pass");
        device.exec_with(&import, CallOptions::new()).unwrap();
    }
    use_everything(&mut device, shadowed);
    device.close().unwrap();
}
