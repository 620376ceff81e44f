//! A record of what happened, of limited length.

use std::collections::VecDeque;

use super::PERIPHERAL_HISTORY;

/// The last [`PERIPHERAL_HISTORY`] events, the oldest first.
#[derive(Debug)]
pub(crate) struct Log<T>(VecDeque<T>);

impl<T> Default for Log<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T: Clone> Log<T> {
    pub(crate) fn push(&mut self, event: T) {
        if self.0.len() == PERIPHERAL_HISTORY {
            self.0.pop_front();
        }
        self.0.push_back(event);
    }

    pub(crate) fn last(&self) -> Option<&T> {
        self.0.back()
    }

    pub(crate) fn to_vec(&self) -> Vec<T> {
        self.0.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Log, PERIPHERAL_HISTORY};

    #[test]
    fn the_oldest_is_forgotten() {
        let mut log = Log::default();
        for number in 0..=PERIPHERAL_HISTORY {
            log.push(number);
        }
        assert_eq!(log.to_vec().len(), PERIPHERAL_HISTORY);
        assert_eq!(log.to_vec().first(), Some(&1));
        assert_eq!(log.last(), Some(&PERIPHERAL_HISTORY));
    }
}
