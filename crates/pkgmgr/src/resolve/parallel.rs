//! The same work on many items at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

use crate::cancel::Cancel;
use crate::event::{EventSender, Events};

/// How many requests are under way at most. Round trips are what costs time, and small files take
/// nothing of a server that answers them from its memory.
const MAX_THREADS: usize = 50;

/// Does `work` on all `items`, and gives the results in their order. `None` when `report` says stop, or
/// `cancel` is cancelled: then no more items are begun, and what is under way is ended.
pub(crate) fn parallel<T: Sync, R: Send>(
    items: &[T],
    cancel: &Cancel,
    events: Events<'_>,
    work: impl Fn(&T, &EventSender) -> R + Sync,
) -> Option<Vec<R>> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    let results: Vec<Mutex<Option<R>>> = items.iter().map(|_| Mutex::new(None)).collect();
    thread::scope(|scope| {
        for _ in 0..items.len().min(MAX_THREADS) {
            let sender = EventSender(sender.clone());
            let (next, results, work) = (&next, &results, &work);
            scope.spawn(move || {
                while !cancel.is_cancelled() {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else {
                        break;
                    };
                    let result = work(item, &sender);
                    *results[index]
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner) = Some(result);
                }
            });
        }
        drop(sender);
        for event in receiver {
            if events(event).is_break() {
                cancel.cancel();
            }
        }
    });
    if cancel.is_cancelled() {
        return None;
    }
    let results = results.into_iter().map(Mutex::into_inner);
    results
        .map(|result| result.unwrap_or_else(PoisonError::into_inner))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;
    use std::sync::Barrier;

    use super::*;
    use crate::event::Event;

    fn event(packages: usize) -> Event {
        Event::Resolved { packages, files: 0 }
    }

    #[test]
    fn results_come_in_order_and_the_work_is_done_at_once() {
        let items: Vec<usize> = (0..MAX_THREADS).collect();
        // Nobody passes before all have come.
        let barrier = Barrier::new(items.len());
        let mut heard = Vec::new();
        let mut listen = |event| {
            heard.push(event);
            ControlFlow::Continue(())
        };
        let results = parallel(&items, &Cancel::default(), &mut listen, |&item, events| {
            barrier.wait();
            events.send(event(item));
            item * 2
        });
        let doubled: Vec<usize> = items.iter().map(|item| item * 2).collect();
        assert_eq!(results, Some(doubled));
        assert_eq!(heard.len(), items.len());
    }

    #[test]
    fn who_reports_can_stop_the_work() {
        let items: Vec<usize> = (0..1000).collect();
        let mut listen = |_| ControlFlow::Break(());
        let results = parallel(&items, &Cancel::default(), &mut listen, |&item, events| {
            events.send(event(item));
        });
        assert_eq!(results, None);
    }
}
