//! Ending an operation from another thread.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use tokio::sync::watch;

/// Ends operations from another thread: requests and pauses within a tenth of a second. Clones are one
/// and the same; what was cancelled once stays so.
#[derive(Debug, Clone, Default)]
pub struct Cancel {
    flag: Arc<watch::Sender<bool>>,
    parent: Option<Arc<Cancel>>,
}

impl Cancel {
    /// Ends what this was given to, now and in future.
    pub fn cancel(&self) {
        self.flag.send_replace(true);
    }

    /// Whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        *self.flag.borrow() || self.parent.as_ref().is_some_and(|p| p.is_cancelled())
    }

    /// One that is cancelled with this one, or alone.
    pub(crate) fn child(&self) -> Self {
        Self {
            flag: Arc::default(),
            parent: Some(Arc::new(self.clone())),
        }
    }

    /// Waits for `work`; `None` as soon as this is cancelled.
    pub(crate) async fn or<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        let mut own = pin!(cancelled(&self.flag));
        let mut parent = pin!(async {
            match &self.parent {
                // Only an operation has a parent, and that is the caller's own.
                Some(parent) => cancelled(&parent.flag).await,
                None => std::future::pending().await,
            }
        });
        poll_fn(|context| {
            if own.as_mut().poll(context).is_ready() || parent.as_mut().poll(context).is_ready() {
                return Poll::Ready(None);
            }
            work.as_mut().poll(context).map(Some)
        })
        .await
    }
}

async fn cancelled(flag: &watch::Sender<bool>) {
    // Fails only when there is no sender, and here it is.
    let _ = flag.subscribe().wait_for(|cancelled| *cancelled).await;
}
