//! Iterating over objects on the board.

use std::collections::VecDeque;

use belay_pylit::Value;

use super::{Object, Proxy, read_object};
use crate::board_code::OBJECTS;
use crate::session::ObjectHandle;
use crate::{Device, Error};

/// The items of an object on the board, fetched in batches.
///
/// The board's iterator runs ahead of this one by less than a batch. After an error there are no
/// more items.
#[derive(Debug)]
pub struct Items<'a> {
    source: Proxy,
    device: &'a mut Device,
    iterator: Option<ObjectHandle>,
    batch: usize,
    ready: VecDeque<Object>,
    ended: bool,
}

impl Proxy {
    /// The items of an iterable object, 16 in each round trip.
    pub fn iter<'a>(&self, device: &'a mut Device) -> Items<'a> {
        Items::new(self.clone(), device)
    }
}

impl<'a> Items<'a> {
    fn new(source: Proxy, device: &'a mut Device) -> Self {
        Self {
            source,
            device,
            iterator: None,
            batch: 16,
            ready: VecDeque::new(),
            ended: false,
        }
    }

    /// Fetches `count` items in each round trip.
    #[must_use]
    pub fn batch(mut self, count: usize) -> Self {
        self.batch = count.max(1);
        self
    }

    fn fetch(&mut self) -> Result<(), Error> {
        let device = &mut *self.device;
        device.load(OBJECTS)?;
        let source = self.source.expression(device)?;
        let begun = self.iterator.is_some();
        let iterator = self
            .iterator
            .get_or_insert_with(|| device.session.handles.object());
        let number = iterator.0.number();
        let expression = if begun {
            format!("_belay_o[{number}]")
        } else {
            format!("_belay_o.setdefault({number},_belay_b.iter({source}))")
        };
        // Each handle lets its number go if it is dropped here, whether the board has used it or not.
        let handles: Vec<ObjectHandle> = (0..self.batch)
            .map(|_| device.session.handles.object())
            .collect();
        let first = handles[0].0.number();
        let text = device.eval_repr(&format!("_belay_i({expression},{first},{})", self.batch))?;
        let Value::List(items) = device.parse_value(&text)? else {
            return Err(Error::NoResult);
        };
        if items.len() > handles.len() {
            return Err(Error::NoResult);
        }
        self.ended = items.len() < self.batch;
        let mut handles = handles.into_iter();
        for (item, handle) in items.into_iter().zip(handles.by_ref()) {
            self.ready.push_back(read_object(item, handle)?);
        }
        handles.for_each(ObjectHandle::forget);
        Ok(())
    }
}

impl Iterator for Items<'_> {
    type Item = Result<Object, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ready.is_empty()
            && !self.ended
            && let Err(error) = self.fetch()
        {
            self.ended = true;
            return Some(Err(error));
        }
        self.ready.pop_front().map(Ok)
    }
}
