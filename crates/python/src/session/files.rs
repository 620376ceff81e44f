//! Files of the board.

use std::ops::ControlFlow;
use std::path::PathBuf;

use pyo3::prelude::*;

use super::Session;
use crate::sync::{self, Request, Step};

#[pymethods]
impl Session {
    /// Makes a folder of the board hold what a local folder or file holds. `report` is called with the
    /// number of files to send, with the path of each that begins its way, and with `None` when it
    /// is there. The answer is what to warn of.
    #[pyo3(signature = (folder, destination, *, keep, keep_all, ignore, minify, mpy_cross, report))]
    #[expect(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn sync(
        &self,
        py: Python<'_>,
        folder: PathBuf,
        destination: String,
        keep: Option<Vec<String>>,
        keep_all: bool,
        ignore: Option<Vec<String>>,
        minify: bool,
        mpy_cross: Option<PathBuf>,
        report: Option<Py<PyAny>>,
    ) -> PyResult<Vec<String>> {
        let request = Request {
            folder,
            destination,
            keep,
            keep_all,
            ignore,
            minify,
            mpy_cross,
        };
        let mut raised = None;
        let result = self.work(py, None, |device| {
            sync::run(device, &request, &mut |step| {
                let Some(report) = &report else {
                    return ControlFlow::Continue(());
                };
                let told = Python::attach(|py| match step {
                    Step::Total(count) => report.call1(py, (count,)),
                    Step::Pushing(path) => report.call1(py, (path,)),
                    Step::Pushed => report.call1(py, (py.None(),)),
                });
                match told {
                    Ok(_) => ControlFlow::Continue(()),
                    Err(error) => {
                        raised = Some(error);
                        ControlFlow::Break(())
                    }
                }
            })
        });
        match raised {
            Some(error) => Err(error),
            None => result,
        }
    }
}
