//! The same work on many items at once.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use crate::fetch::{Event, Report};

/// How many requests are under way at most. Round trips are what costs time, and small files take
/// nothing of a server that answers them from its memory.
const MAX_THREADS: usize = 50;

enum Message<R> {
    Event(Event),
    Done(usize, R),
}

/// Does `work` on all `items`, and gives the results in their order. `None` when `report` says stop:
/// then no more items are begun.
pub(crate) fn parallel<T: Sync, R: Send>(
    items: &[T],
    report: &mut dyn FnMut(Event) -> ControlFlow<()>,
    work: impl Fn(&T, Report<'_>) -> R + Sync,
) -> Option<Vec<R>> {
    let next = AtomicUsize::new(0);
    let stopped = AtomicBool::new(false);
    let (sender, receiver) = mpsc::channel::<Message<R>>();
    let mut results: Vec<Option<R>> = items.iter().map(|_| None).collect();
    thread::scope(|scope| {
        for _ in 0..items.len().min(MAX_THREADS) {
            let sender = sender.clone();
            let (next, stopped, work) = (&next, &stopped, &work);
            scope.spawn(move || {
                let events = |event| {
                    // The receiver lives as long as this scope.
                    let _ = sender.send(Message::Event(event));
                };
                while !stopped.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else {
                        break;
                    };
                    let result = work(item, &events);
                    let _ = sender.send(Message::Done(index, result));
                }
            });
        }
        drop(sender);
        for message in receiver {
            match message {
                Message::Event(event) => {
                    if report(event).is_break() {
                        stopped.store(true, Ordering::Relaxed);
                    }
                }
                Message::Done(index, result) => results[index] = Some(result),
            }
        }
    });
    if stopped.load(Ordering::Relaxed) {
        return None;
    }
    results.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    fn event(packages: usize) -> Event {
        Event::Resolved { packages, files: 0 }
    }

    #[test]
    fn results_come_in_order_and_the_work_is_done_at_once() {
        let items: Vec<usize> = (0..MAX_THREADS).collect();
        // Nobody passes before all have come.
        let barrier = Barrier::new(items.len());
        let mut events = Vec::new();
        let mut report = |event| {
            events.push(event);
            ControlFlow::Continue(())
        };
        let results = parallel(&items, &mut report, |&item, report| {
            barrier.wait();
            report(event(item));
            item * 2
        });
        let doubled: Vec<usize> = items.iter().map(|item| item * 2).collect();
        assert_eq!(results, Some(doubled));
        assert_eq!(events.len(), items.len());
    }

    #[test]
    fn who_reports_can_stop_the_work() {
        let items: Vec<usize> = (0..1000).collect();
        let mut told = |_| ControlFlow::Break(());
        let results = parallel(&items, &mut told, |&item, report| report(event(item)));
        assert_eq!(results, None);
    }
}
