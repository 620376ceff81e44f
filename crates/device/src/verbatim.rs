//! For bindings to other languages, which have source text in the place of Rust values.

use crate::{Arguments, CallOptions, Device, Error, Generator, Proxy, Source};

impl Proxy {
    /// What code on the board calls the object, for as long as the handle lives.
    pub fn text_on_board(&self) -> String {
        self.place()
    }
}

impl Device {
    /// As [`exec`](Self::exec), for statements that are not run again on a board that has come back.
    pub fn exec_unrecorded(&mut self, code: &str) -> Result<(), Error> {
        self.statements(code, CallOptions::new())
    }

    /// As [`tasks`](Self::tasks), for functions that are not sent again to a board that has come back.
    pub fn tasks_unrecorded(&mut self, source: &Source) -> Result<(), Error> {
        self.define(source).map(|_| ())
    }

    /// As [`eval_repr`](Self::eval_repr), for an expression that is run again on a board that has come
    /// back.
    pub fn eval_recorded(&mut self, expression: &str) -> Result<String, Error> {
        self.admit()?;
        let text = self.eval_repr(expression)?;
        let code = expression.trim().to_owned();
        self.record(|| Box::new(move |device| device.statements(&code, CallOptions::new())));
        Ok(text)
    }

    /// As [`setup`](Self::setup), with whole lines of assignments in the place of values, and
    /// recorded only if so wished.
    pub fn setup_verbatim(
        &mut self,
        source: &Source,
        assignments: &str,
        record: bool,
    ) -> Result<(), Error> {
        if !record {
            return self.run_source(source, assignments);
        }
        self.admit()?;
        self.run_source(source, assignments)?;
        let (source, assignments) = (source.clone(), assignments.to_owned());
        self.record(|| {
            Box::new(move |device: &mut Device| device.run_source(&source, &assignments))
        });
        Ok(())
    }

    /// A generator that a call makes, whose text is given. As
    /// [`Task::generate`](crate::Task::generate) otherwise.
    pub fn generate_verbatim(&mut self, call: impl Into<String>) -> Generator {
        Generator::new(self, call.into(), Arguments::new())
    }
}
