//! Where a WebREPL or a web workflow is.

use crate::Specifier;

/// Where a WebREPL is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    /// Whether it is the console of a web workflow instead, which asks for the password in the request.
    pub(super) workflow: bool,
    pub(super) secure: bool,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) path: String,
}

impl Address {
    /// As the user would write it.
    pub(super) fn name(&self) -> String {
        let Self {
            workflow,
            secure,
            host,
            port,
            path,
        } = self.clone();
        if workflow {
            return Specifier::WebWorkflow { host, port }.to_string();
        }
        let specifier = Specifier::WebRepl {
            secure,
            host,
            port,
            path,
        };
        specifier.to_string()
    }
}

/// The host and port, as a request names them.
pub(super) fn host(address: &Address) -> String {
    let Address { host, port, .. } = address;
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

/// Whether this is the name of a web workflow.
pub(super) fn is_workflow(name: &str) -> bool {
    name.starts_with("http:")
}
