//! Boards without room.

use belay_sim::Flash;

use super::*;
use crate::support::builder;

#[test]
fn what_cannot_fit_is_refused_before_anything_is_changed() {
    let board = builder()
        .flash(Flash::temporary().geometry(4096, 24))
        .start()
        .unwrap();
    let (mut device, _) = connect(&board);
    device.files().write("/old", &noise(30_000)).unwrap();
    let before = board.flash_counters().unwrap();
    let (a, b) = (path("/a"), path("/old"));
    let (small, big) = (noise(10_000), noise(60_000));
    let result = device
        .files()
        .perform(&[put(&a, &small), put(&b, &big)], &mut |_| {
            ControlFlow::Continue(())
        });
    let (path, fault) = fault(result);
    assert_eq!(path, "/old");
    let FileFault::NoSpace { needed, free } = fault else {
        panic!("{fault:?}")
    };
    assert_eq!(needed, 61_440);
    assert!(free < needed, "{free}");
    let after = board.flash_counters().unwrap();
    assert_eq!(
        (after.programs, after.erases),
        (before.programs, before.erases)
    );

    // What is deleted before makes room, and so does what is replaced.
    let steps = [Step::Delete(&b), put(&a, &big)];
    perform(&mut device, &steps).unwrap();
    assert_eq!(device.files().read("/a").unwrap(), big);
    assert_eq!(contents(&mut device).len(), 1);
}

#[test]
fn a_file_system_that_gets_full_keeps_the_old_file() {
    let board = builder().start().unwrap();
    let (mut device, _) = connect(&board);
    device.files().write("/old", b"old").unwrap();
    board
        .set_flash_faults(belay_sim::FlashFaults::full_after(3))
        .unwrap();
    let result = device.files().write("/old", &noise(100_000));
    assert_eq!(fault(result), ("/old".to_owned(), FileFault::Full));
    board
        .set_flash_faults(belay_sim::FlashFaults::default())
        .unwrap();
    assert_eq!(device.files().read("/old").unwrap(), b"old");
    assert_eq!(device.files().list("/").unwrap().len(), 1);
}

#[test]
fn a_small_heap_is_enough() {
    let board = builder().heap(140 * 1024).start().unwrap();
    let (mut device, _) = connect(&board);
    let text = b"a line of text, and another\n".repeat(4000);
    let random = noise(50_000);
    let (a, b) = (path("/text"), path("/random"));
    perform(&mut device, &[put(&a, &text), put(&b, &random)]).unwrap();
    assert_eq!(device.files().read("/text").unwrap(), text);
    assert_eq!(device.files().read("/random").unwrap(), random);
}

#[test]
fn more_small_files_than_blocks() {
    let board = builder()
        .flash(Flash::temporary().geometry(4096, 48))
        .start()
        .unwrap();
    let (mut device, _) = connect(&board);
    let files: Vec<_> = (0..120)
        .map(|number| {
            (
                path(&format!("/{number}")),
                format!("{number}").into_bytes(),
            )
        })
        .collect();
    let nothing = &mut |_| ControlFlow::Continue(());
    device.files().put_many(&files, nothing).unwrap();
    assert_eq!(contents(&mut device).len(), files.len());
}

/// A board may have much free memory and no long piece of it.
#[test]
fn free_memory_in_pieces() {
    let board = board();
    let (mut device, _) = connect(&board);
    let program = "import gc\npieces = []\ntry:\n while True: pieces.append(bytearray(8000))\n\
                except MemoryError: pass\npieces = pieces[::2]\ngc.collect()";
    device.exec(program).unwrap();
    assert!(device.eval::<u32>("gc.mem_free()").unwrap() > 150_000);
    let text = b"print('over and over')\n".repeat(3000);
    let file = path("/text.py");
    perform(&mut device, &[put(&file, &text)]).unwrap();
    assert_eq!(device.files().read("/text.py").unwrap(), text);
}
