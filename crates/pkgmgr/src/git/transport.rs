//! Carries libgit2's conversation with web servers over our HTTP client.
//!
//! libgit2 would need a TLS library of the system for https, and would follow rules of its own on
//! time-outs, redirects, proxies and trust.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::Instant;

use crate::event::{Event, EventSender};
use crate::http::HttpError;
use crate::http::{Body, Http, REPORT_EVERY};
use git2::transport::{Service, SmartSubtransport, SmartSubtransportStream, Transport};

/// The most that one answer of a git server may take, in bytes.
const LIMIT: u64 = 2 << 30;

thread_local! {
    /// The conversation that this thread is in: libgit2 makes transports on the thread that fetches.
    static CURRENT: RefCell<Option<Conversation>> = const { RefCell::new(None) };
}

/// What the transports of one fetch share.
#[derive(Clone)]
struct Conversation {
    http: Http,
    events: EventSender,
    /// Why it failed. libgit2 keeps no more than a text of it.
    failure: Arc<Mutex<Option<HttpError>>>,
    /// The repository's address after the redirects of the first request.
    base: Arc<Mutex<Option<String>>>,
}

/// Does `work`, whose fetches go through `http`. Gives the failure of the network, if there was one.
pub(super) fn through(http: &Http, events: &EventSender, work: impl FnOnce()) -> Option<HttpError> {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(register);
    let conversation = Conversation {
        http: http.clone(),
        events: events.clone(),
        failure: Arc::default(),
        base: Arc::default(),
    };
    let failure = Arc::clone(&conversation.failure);
    let before = CURRENT.replace(Some(conversation));
    work();
    CURRENT.set(before);
    failure
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take()
}

#[allow(
    unsafe_code,
    reason = "there is no other way to give libgit2 a transport"
)]
fn register() {
    for scheme in ["http", "https"] {
        // SAFETY: the list of transports must not be changed while another thread makes one. Every
        // fetch of this crate waits for the `Once` that calls this, and only `http` and `https`
        // addresses search the list before they are made.
        let registered = unsafe {
            git2::transport::register(scheme, |remote| {
                let conversation = CURRENT
                    .with_borrow(Clone::clone)
                    .ok_or_else(|| git2::Error::from_str("this address is fetched elsewhere"))?;
                Transport::smart(remote, true, conversation)
            })
        };
        // Fails only when it was registered before; then fetches say that it is not ours.
        debug_assert!(registered.is_ok(), "{registered:?}");
    }
}

impl SmartSubtransport for Conversation {
    fn action(
        &self,
        url: &str,
        action: Service,
    ) -> Result<Box<dyn SmartSubtransportStream>, git2::Error> {
        match action {
            Service::UploadPackLs => {
                let base = url.trim_end_matches('/');
                let service = "/info/refs?service=git-upload-pack";
                let address = format!("{base}{service}");
                let (reached, body) = self
                    .http
                    .open(&address, &[], None, LIMIT)
                    .map_err(|error| self.fail(error))?;
                let base = reached.strip_suffix(service).unwrap_or(base).to_owned();
                *self.base.lock().unwrap_or_else(PoisonError::into_inner) = Some(base);
                Ok(Box::new(Stream {
                    conversation: self.clone(),
                    address,
                    request: Vec::new(),
                    answer: Some(body),
                    piece: Vec::new().into(),
                    taken: 0,
                    reported: Instant::now(),
                }))
            }
            Service::UploadPack => {
                let base = self.base.lock().unwrap_or_else(PoisonError::into_inner);
                let base = base.as_deref().unwrap_or(url.trim_end_matches('/'));
                Ok(Box::new(Stream {
                    conversation: self.clone(),
                    address: format!("{base}/git-upload-pack"),
                    request: Vec::new(),
                    answer: None,
                    piece: Vec::new().into(),
                    taken: 0,
                    reported: Instant::now(),
                }))
            }
            Service::ReceivePackLs | Service::ReceivePack => {
                Err(git2::Error::from_str("repositories are only read"))
            }
        }
    }

    fn close(&self) -> Result<(), git2::Error> {
        Ok(())
    }
}

impl Conversation {
    fn fail(&self, error: HttpError) -> git2::Error {
        let text = git2::Error::from_str(&error.to_string());
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        text
    }
}

/// One request and its answer. What is written is sent when the answer is first read.
struct Stream {
    conversation: Conversation,
    address: String,
    request: Vec<u8>,
    answer: Option<Body>,
    /// What has come of the answer and was not read yet.
    piece: VecDeque<u8>,
    /// How much has come, in bytes, and when that was last told.
    taken: u64,
    reported: Instant,
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.answer = None;
        self.piece.clear();
        self.request.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let fail = |error| io::Error::other(self.conversation.fail(error));
        if self.answer.is_none() {
            let headers = [
                ("content-type", "application/x-git-upload-pack-request"),
                ("accept", "application/x-git-upload-pack-result"),
            ];
            let http = &self.conversation.http;
            let (_, body) = http
                .open(&self.address, &headers, Some(&self.request), LIMIT)
                .map_err(fail)?;
            self.request.clear();
            self.answer = Some(body);
        }
        if self.piece.is_empty()
            && let Some(answer) = &mut self.answer
            && let Some(chunk) = answer.chunk().map_err(fail)?
        {
            self.taken += chunk.as_ref().len() as u64;
            self.piece.extend(chunk.as_ref());
            if self.reported.elapsed() >= REPORT_EVERY {
                self.reported = Instant::now();
                self.conversation.events.send(Event::Received {
                    url: self.address.clone(),
                    bytes: self.taken,
                });
            }
        }
        self.piece.read(buffer)
    }
}
