//! A record of what happened, of limited length.

use std::collections::VecDeque;

/// How much of each kind is kept of what programs did with a peripheral: transfers on all buses,
/// settings of one pin's PWM, strips written on one pin. Older ones are forgotten, also when what
/// is kept has more than 16 MiB of data.
pub const PERIPHERAL_HISTORY: usize = 4096;

/// How many bytes of data the events of one record may hold together. The last event stays
/// however much it holds.
const DATA: usize = 16 << 20;

/// The last [`PERIPHERAL_HISTORY`] events, the oldest first.
#[derive(Debug)]
pub(crate) struct Log<T> {
    /// Each with the number of bytes it holds.
    events: VecDeque<(T, usize)>,
    data: usize,
}

impl<T> Default for Log<T> {
    fn default() -> Self {
        Self {
            events: VecDeque::new(),
            data: 0,
        }
    }
}

impl<T: Clone> Log<T> {
    /// Adds an event that holds so many bytes of data.
    pub(crate) fn push(&mut self, event: T, data: usize) {
        self.data += data;
        self.events.push_back((event, data));
        while self.events.len() > 1 && (self.events.len() > PERIPHERAL_HISTORY || self.data > DATA)
        {
            if let Some((_, data)) = self.events.pop_front() {
                self.data -= data;
            }
        }
    }

    pub(crate) fn last(&self) -> Option<&T> {
        self.events.back().map(|(event, _)| event)
    }

    pub(crate) fn to_vec(&self) -> Vec<T> {
        self.events.iter().map(|(event, _)| event.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{DATA, Log, PERIPHERAL_HISTORY};

    #[test]
    fn the_oldest_is_forgotten() {
        let mut log = Log::default();
        for number in 0..=PERIPHERAL_HISTORY {
            log.push(number, 0);
        }
        assert_eq!(log.to_vec().len(), PERIPHERAL_HISTORY);
        assert_eq!(log.to_vec().first(), Some(&1));
        assert_eq!(log.last(), Some(&PERIPHERAL_HISTORY));
    }

    #[test]
    fn large_events_leave_room_for_few() {
        let mut log = Log::default();
        log.push('a', DATA / 2);
        log.push('b', DATA / 2);
        assert_eq!(log.to_vec(), ['a', 'b']);
        log.push('c', 1);
        assert_eq!(log.to_vec(), ['b', 'c']);
        log.push('d', 2 * DATA);
        assert_eq!(log.to_vec(), ['d']);
        log.push('e', 1);
        assert_eq!(log.to_vec(), ['e']);
    }
}
