//! Links that break and come back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use belay_device::{Batch, Device, Error, MAX_HISTORY, Reconnect, Task};
use belay_sim::Board;
use belay_transport::{Error as LinkError, Properties, Transport, Waker};

use crate::support::{board, connect, mirror, open};

/// A link to the board that breaks at the next write when it is told to.
struct Cut {
    port: Box<dyn Transport>,
    cut: Arc<AtomicBool>,
}

impl Cut {
    fn gone(&self) -> LinkError {
        LinkError::Disconnected {
            port: self.port.name().to_owned(),
        }
    }
}

impl Transport for Cut {
    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, LinkError> {
        if self.cut.load(Ordering::SeqCst) {
            return Err(self.gone());
        }
        self.port.read(buffer, deadline)
    }

    fn write(&mut self, bytes: &[u8], deadline: Instant) -> Result<usize, LinkError> {
        // What was written before the cut is on its way.
        self.port.write(bytes, deadline)
    }

    fn waker(&self) -> Waker {
        self.port.waker()
    }

    fn properties(&self) -> Properties {
        self.port.properties()
    }

    fn name(&self) -> &str {
        self.port.name()
    }
}

struct World {
    device: Device,
    cut: Arc<AtomicBool>,
    opened: Arc<AtomicU32>,
}

/// A session that opens its link again through `board`; the first `failures` times that fails.
fn world(board: &Board, attempts: i32, failures: u32) -> World {
    let (mut device, _) = connect(board);
    let cut = Arc::<AtomicBool>::default();
    let opened = Arc::<AtomicU32>::default();
    let path = board.path().to_str().unwrap().to_owned();
    let (lamp, count) = (Arc::clone(&cut), Arc::clone(&opened));
    let mut reconnect = Reconnect::new(attempts, move |_| {
        // A cut link stays cut: the next one has a switch of its own.
        let number = count.fetch_add(1, Ordering::SeqCst);
        if number > 0 && number <= failures {
            return Err(LinkError::Disconnected { port: path.clone() });
        }
        lamp.store(false, Ordering::SeqCst);
        let port = belay_transport::Serial::open(&path, 115_200)?;
        Ok(Box::new(Cut {
            port: Box::new(port),
            cut: Arc::clone(&lamp),
        }))
    });
    reconnect.pause = Duration::from_millis(1);
    device.set_reconnect(reconnect);
    // From here on the link is one that can be cut.
    device.reconnect().unwrap();
    World {
        device,
        cut,
        opened,
    }
}

fn lose(world: &mut World, task: &Task) {
    world.cut.store(true, Ordering::SeqCst);
    let error = task.call::<i32>(&mut world.device, ()).unwrap_err();
    assert!(matches!(error, Error::ConnectionLost { .. }), "{error}");
}

#[test]
fn the_history_is_done_again_and_the_call_is_not() {
    let board = board();
    let mut world = world(&board, 3, 2);
    let device = &mut world.device;
    device.exec("step = 1\ncalls = 0").unwrap();
    device
        .setup(
            "step += start",
            std::collections::BTreeMap::from([("start", 5)]),
        )
        .unwrap();
    let call = device
        .task("def call():\n    global calls\n    calls += 1\n    return calls")
        .unwrap();
    device.remember(|device| device.exec("step *= 10")).unwrap();
    assert!(device.exec("raise ValueError").is_err());
    device
        .eval::<Option<i32>>("globals().update(step=-1)")
        .unwrap();
    assert_eq!(call.call::<i32>(device, ()).unwrap(), 1);
    let list = device.object("[]").unwrap().proxy().unwrap();
    let events = device.events().unwrap();

    lose(&mut world, &call);
    assert_eq!(
        world.opened.load(Ordering::SeqCst),
        1,
        "nothing happens before the next call"
    );
    let device = &mut world.device;
    assert_eq!(device.eval::<(i32, i32)>("step, calls").unwrap(), (60, 0));
    assert_eq!(world.opened.load(Ordering::SeqCst), 4);
    assert_eq!(call.call::<i32>(device, ()).unwrap(), 1);
    let error = list.len(device).unwrap_err();
    assert!(matches!(error, Error::Gone { .. }), "{error}");
    device.exec("belay_emit('back')").unwrap();
    assert_eq!(events.try_iter().count(), 1);

    // A batch that loses its link says so of each call.
    world.cut.store(true, Ordering::SeqCst);
    let results = world.device.run_batch(Batch::new().eval("1").eval("2"));
    assert!(results.iter().all(Result::is_err), "{results:?}");
    assert_eq!(world.device.eval::<i32>("step").unwrap(), 60);
}

#[test]
fn files_are_brought_up_to_date_where_they_differ() {
    let board = board();
    let mut world = world(&board, 3, 0);
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.py", "b.py", "c.py"] {
        std::fs::write(folder.path().join(name), format!("name = {name:?}")).unwrap();
    }
    let path = folder.path().to_owned();
    let (sender, summaries) = channel();
    let device = &mut world.device;
    device
        .remember(move |device| {
            let summary = mirror(device, &path, "/").map_err(Error::Remembered)?;
            sender
                .send((summary.put, summary.replaced, summary.unchanged))
                .unwrap();
            Ok(())
        })
        .unwrap();
    assert_eq!(summaries.try_recv().unwrap(), (3, 0, 0));
    let task = device.task("def f(): return 1").unwrap();
    std::fs::write(folder.path().join("b.py"), "name = 'new'").unwrap();
    lose(&mut world, &task);
    let name: String = world.device.eval("__import__('b').name").unwrap();
    assert_eq!(name, "new");
    assert_eq!(summaries.try_recv().unwrap(), (0, 1, 2));

    // A folder that has gone away does not keep the session from saying so.
    folder.close().unwrap();
    lose(&mut world, &task);
    let error = world.device.eval::<i32>("1").unwrap_err();
    assert!(matches!(error, Error::Remembered(_)), "{error}");
}

#[test]
fn after_the_last_attempt_the_board_counts_as_lost() {
    let board = board();
    let mut world = world(&board, 2, 2);
    let one = world.device.task("def one(): return 1").unwrap();
    lose(&mut world, &one);
    let error = one.call::<i32>(&mut world.device, ()).unwrap_err();
    assert!(
        matches!(error, Error::NotReconnected { attempts: 2, .. }),
        "{error}"
    );
    assert_eq!(
        one.call::<i32>(&mut world.device, ()).unwrap(),
        1,
        "the next call tries again"
    );
}

#[test]
fn negative_attempts_are_for_ever() {
    let board = board();
    let mut world = world(&board, -1, 50);
    let one = world.device.task("def one(): return 1").unwrap();
    lose(&mut world, &one);
    assert_eq!(one.call::<i32>(&mut world.device, ()).unwrap(), 1);
    assert_eq!(world.opened.load(Ordering::SeqCst), 52);
}

#[test]
fn the_history_is_bounded() {
    let board = board();
    let mut world = world(&board, 1, 0);
    for _ in 0..MAX_HISTORY {
        world.device.exec("").unwrap();
    }
    let error = world.device.exec("late = True").unwrap_err();
    assert!(
        matches!(error, Error::HistoryFull { limit: MAX_HISTORY }),
        "{error}"
    );
    assert!(!world.device.eval::<bool>("'late' in globals()").unwrap());
}

#[test]
fn without_a_way_back_the_link_s_error_is_the_call_s() {
    let board = board();
    let (mut device, _) = connect(&board);
    let error = device.reconnect().unwrap_err();
    assert!(
        matches!(error, Error::NotReconnected { attempts: 0, .. }),
        "{error}"
    );
    drop(device);
    let cut = Arc::<AtomicBool>::default();
    let port = Cut {
        port: open(&board),
        cut: Arc::clone(&cut),
    };
    let (mut device, _) =
        crate::support::connect_with(Box::new(port), belay_device::ConnectOptions::default());
    cut.store(true, Ordering::SeqCst);
    let error = device.eval::<i32>("1").unwrap_err();
    assert!(
        matches!(error, Error::Transport(LinkError::Disconnected { .. })),
        "{error}"
    );
}
