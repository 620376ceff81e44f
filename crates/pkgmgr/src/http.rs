//! Files from web servers: bounded in time and size, asked for again when that may help.

mod classify;
mod error;
mod logins;

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response};
use serde::{Deserialize, Serialize};
use tokio::runtime::{Builder, Runtime};

pub use self::error::HttpError;
pub use self::logins::Logins;
use crate::cancel::Cancel;

/// Redirects that are followed for one request.
const MAX_REDIRECTS: usize = 10;

/// What a server may say in `Retry-After` and be obeyed.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(30);

/// The end of the page that asks for a login.
const SIGN_IN: &str = "/users/sign_in";

/// How often it is told how much of a body has come, at most.
pub(crate) const REPORT_EVERY: Duration = Duration::from_millis(250);

/// How requests are made.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct HttpOptions {
    /// The longest time to connect. 10 s unless told otherwise.
    pub connect_timeout: Duration,
    /// The longest silence: until the head of an answer, and between two pieces of its body. 30 s
    /// unless told otherwise.
    pub silence_timeout: Duration,
    /// The fewest bytes of a body in a second, over as long a time as silence may take: so a server
    /// cannot hold the client with a byte now and then. 16 unless told otherwise.
    pub min_rate: u32,
    /// The longest time for one answer. 10 min unless told otherwise.
    pub total_timeout: Duration,
    /// How often a request is repeated that failed for a reason that may pass. 3 unless told
    /// otherwise.
    pub retries: u32,
    /// The wait before the first repetition; it doubles each time. 500 ms unless told otherwise.
    pub backoff: Duration,
    /// The largest body, in bytes after decompression. 64 MiB unless told otherwise.
    pub max_bytes: u64,
    /// Whether the proxies of the system and the environment are used. Yes unless told otherwise.
    pub system_proxy: bool,
    /// Whether the network may not be used at all. No unless told otherwise.
    pub offline: bool,
    /// Certificate authorities to trust beside those of the system, each in PEM.
    pub extra_authorities: Vec<Vec<u8>>,
    /// Logins, each for its own server. None unless told otherwise.
    pub logins: Logins,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            silence_timeout: Duration::from_secs(30),
            min_rate: 16,
            total_timeout: Duration::from_secs(600),
            retries: 3,
            backoff: Duration::from_millis(500),
            max_bytes: 64 << 20,
            system_proxy: true,
            offline: false,
            extra_authorities: Vec::new(),
            logins: Logins::default(),
        }
    }
}

/// What a server gave to recognise a version of a file with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validator {
    /// The header `ETag`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub etag: Option<String>,
    /// The header `Last-Modified`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_modified: Option<String>,
}

impl Validator {
    /// Whether there is nothing to recognise a version with.
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }

    fn of(headers: &HeaderMap) -> Self {
        let text = |name| Some(headers.get(name)?.to_str().ok()?.to_owned());
        Self {
            etag: text(header::ETAG),
            last_modified: text(header::LAST_MODIFIED),
        }
    }
}

/// What a server answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// A file.
    Body {
        /// Its content, decompressed.
        bytes: Vec<u8>,
        /// What recognises this version of it.
        validator: Validator,
    },
    /// The version that the validator stands for is still the current one.
    NotModified,
}

/// What is told about a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Progress<'a> {
    /// It is about to be repeated.
    Retrying {
        /// Which repetition this is, from 1.
        attempt: u32,
        /// Why the last request failed.
        error: &'a HttpError,
    },
    /// More of the body has come. Not for what comes at once.
    Received {
        /// How much it is by now, in bytes.
        bytes: u64,
    },
}

/// An HTTP client. Clones share their connections.
#[derive(Clone)]
pub(crate) struct Http {
    engine: Engine,
    options: Arc<HttpOptions>,
    cancel: Cancel,
}

/// What makes connections and waits for them: one for a process and its trust, since to read all of a
/// system's certificates takes longer than many an operation.
#[derive(Clone)]
struct Engine {
    client: Client,
    runtime: Arc<Runtime>,
}

/// What an [`Engine`] depends on. A process that was forked has none of the threads of its parent.
#[derive(PartialEq, Eq)]
struct Setup {
    process: u32,
    connect_timeout: Duration,
    system_proxy: bool,
    extra_authorities: Vec<Vec<u8>>,
}

/// The engines there are. None is ever dropped: that would wait for names that are being looked up.
static ENGINES: Mutex<Vec<(Setup, Engine)>> = Mutex::new(Vec::new());

impl Engine {
    fn shared(options: &HttpOptions) -> Result<Self, HttpError> {
        let setup = Setup {
            process: std::process::id(),
            connect_timeout: options.connect_timeout,
            system_proxy: options.system_proxy,
            extra_authorities: options.extra_authorities.clone(),
        };
        let mut engines = ENGINES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, engine)) = engines.iter().find(|(known, _)| *known == setup) {
            return Ok(engine.clone());
        }
        let engine = Self::new(options)?;
        engines.push((setup, engine.clone()));
        Ok(engine)
    }

    fn new(options: &HttpOptions) -> Result<Self, HttpError> {
        // Fails when a provider is installed already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut authorities = Vec::new();
        for pem in &options.extra_authorities {
            authorities.extend(reqwest::Certificate::from_pem_bundle(pem).map_err(setup)?);
        }
        let client = match builder(options)
            .tls_certs_merge(authorities.clone())
            .build()
        {
            Ok(client) => client,
            Err(_) => builder(options)
                .tls_certs_only(authorities)
                .build()
                .map_err(setup)?,
        };
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("belay-http")
            .enable_all()
            .build()
            .map_err(|error| HttpError::Setup {
                reason: error.to_string(),
            })?;
        Ok(Self {
            client,
            runtime: Arc::new(runtime),
        })
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Http {
    /// A client with these options. Nothing is connected yet.
    ///
    /// A system without certificate authorities is no error: there, https fails and http works.
    /// `cancel` ends requests and pauses with [`HttpError::Interrupted`].
    pub(crate) fn new(options: HttpOptions, cancel: Cancel) -> Result<Self, HttpError> {
        Ok(Self {
            engine: Engine::shared(&options)?,
            options: Arc::new(options),
            cancel,
        })
    }

    /// How requests are made.
    pub(crate) fn options(&self) -> &HttpOptions {
        &self.options
    }

    /// What ends requests.
    pub(crate) fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// Asks for a file. With a `validator` that is not empty, the server may answer
    /// [`Answer::NotModified`].
    pub(crate) fn get(
        &self,
        url: &str,
        validator: &Validator,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Answer, HttpError> {
        self.repeat(progress, |progress| {
            let mut request = self.login(url, self.engine.client.get(url));
            if let Some(etag) = &validator.etag {
                request = request.header(header::IF_NONE_MATCH, etag);
            }
            if let Some(date) = &validator.last_modified {
                request = request.header(header::IF_MODIFIED_SINCE, date);
            }
            let response = self.send(url, request)?;
            if response.status().as_u16() == 304 && !validator.is_empty() {
                return Ok(Answer::NotModified);
            }
            let response = check_status(url, response)?;
            let validator = Validator::of(response.headers());
            let body = self.body(url, response, self.options.max_bytes)?;
            let bytes = body.take_all(progress)?;
            Ok(Answer::Body { bytes, validator })
        })
    }

    /// Opens the answer to a request with these headers, with `body` for a POST. Gives the address
    /// that answered in the end, too. For the git protocol, whose answers may be large.
    pub(crate) fn open(
        &self,
        url: &str,
        headers: &[(&'static str, &'static str)],
        body: Option<&[u8]>,
        limit: u64,
    ) -> Result<(String, Body), HttpError> {
        self.repeat(&mut |_| {}, |_| {
            let request = match body {
                Some(body) => self.engine.client.post(url).body(body.to_vec()),
                None => self.engine.client.get(url),
            };
            let map = headers
                .iter()
                .map(|&(name, value)| {
                    let name = header::HeaderName::from_static(name);
                    (name, HeaderValue::from_static(value))
                })
                .collect();
            let request = self.login(url, request.headers(map));
            let response = check_status(url, self.send(url, request)?)?;
            let address = response.url().to_string();
            Ok((address, self.body(url, response, limit)?))
        })
    }

    fn repeat<T>(
        &self,
        progress: &mut dyn FnMut(Progress<'_>),
        mut request: impl FnMut(&mut dyn FnMut(Progress<'_>)) -> Result<T, Failure>,
    ) -> Result<T, HttpError> {
        let mut attempt = 0;
        loop {
            let Failure { error, retry_after } = match request(progress) {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            if attempt >= self.options.retries || !error.is_transient() {
                return Err(error);
            }
            let backoff = self.options.backoff.saturating_mul(1 << attempt.min(16));
            attempt += 1;
            progress(Progress::Retrying {
                attempt,
                error: &error,
            });
            let wait = retry_after.unwrap_or(backoff).min(MAX_RETRY_AFTER);
            self.wait(wait, std::future::pending::<()>())?;
        }
    }

    /// Waits for `work`, but no longer than `limit`: then `None`.
    fn wait<T>(
        &self,
        limit: Duration,
        work: impl Future<Output = T>,
    ) -> Result<Option<T>, HttpError> {
        // The clock of the runtime is asked for inside of it.
        let timed = async { tokio::time::timeout(limit, work).await.ok() };
        let ended = self.engine.runtime.block_on(self.cancel.or(timed));
        ended.ok_or(HttpError::Interrupted)
    }

    /// With the login for the server, which a redirect to another one takes away again.
    fn login(&self, url: &str, request: RequestBuilder) -> RequestBuilder {
        match self.options.logins.of(url) {
            Some((name, password)) => request.basic_auth(name, Some(password)),
            None => request,
        }
    }

    fn send(&self, url: &str, request: RequestBuilder) -> Result<Response, HttpError> {
        let url = || url.to_owned();
        if self.options.offline {
            return Err(HttpError::Offline { url: url() });
        }
        let silence = self.options.silence_timeout;
        match self.wait(silence, request.send())? {
            Some(answer) => answer.map_err(|error| classify::request(url(), &error, silence)),
            None => Err(HttpError::Timeout {
                url: url(),
                after: silence,
            }),
        }
    }

    fn body(&self, url: &str, response: Response, limit: u64) -> Result<Body, HttpError> {
        // Known beforehand when the body is not compressed; then nothing of it is read.
        if response
            .content_length()
            .is_some_and(|length| length > limit)
        {
            return Err(HttpError::TooLarge {
                url: url.to_owned(),
                limit,
            });
        }
        let now = Instant::now();
        Ok(Body {
            http: self.clone(),
            url: url.to_owned(),
            response,
            taken: 0,
            limit,
            begun: now,
            window: (now, 0),
        })
    }
}

/// The body of an answer while it arrives.
pub(crate) struct Body {
    http: Http,
    url: String,
    response: Response,
    taken: u64,
    limit: u64,
    begun: Instant,
    /// When the rate was last looked at, and how much there was then.
    window: (Instant, u64),
}

impl Body {
    /// The next chunk; `None` at the end.
    pub(crate) fn chunk(&mut self) -> Result<Option<impl AsRef<[u8]> + use<>>, HttpError> {
        let options = &self.http.options;
        let url = || self.url.clone();
        let silence = options.silence_timeout;
        let Some(chunk) = self.http.wait(silence, self.response.chunk())? else {
            return Err(HttpError::Timeout {
                url: url(),
                after: silence,
            });
        };
        let broken = |error: reqwest::Error| HttpError::Broken {
            url: url(),
            reason: classify::deepest(&error),
        };
        let Some(chunk) = chunk.map_err(broken)? else {
            return Ok(None);
        };
        self.taken += chunk.len() as u64;
        if self.taken > self.limit {
            return Err(HttpError::TooLarge {
                url: url(),
                limit: self.limit,
            });
        }
        let (since, before) = self.window;
        let after = since.elapsed();
        let wanted = after
            .as_secs()
            .max(1)
            .saturating_mul(options.min_rate.into());
        let few = self.taken - before < wanted;
        let slow = after >= silence && few;
        if slow || self.begun.elapsed() > options.total_timeout {
            return Err(HttpError::Slow {
                url: url(),
                bytes: self.taken,
                after: self.begun.elapsed(),
            });
        }
        if after >= silence {
            self.window = (Instant::now(), self.taken);
        }
        Ok(Some(chunk))
    }

    /// All that is left.
    pub(crate) fn take_all(
        mut self,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Vec<u8>, HttpError> {
        let mut bytes = Vec::new();
        let mut reported = Instant::now();
        while let Some(chunk) = self.chunk()? {
            bytes.extend_from_slice(chunk.as_ref());
            if reported.elapsed() >= REPORT_EVERY {
                reported = Instant::now();
                progress(Progress::Received { bytes: self.taken });
            }
        }
        Ok(bytes)
    }
}

/// A failed request, and when the server wants to be asked again.
struct Failure {
    error: HttpError,
    retry_after: Option<Duration>,
}

impl From<HttpError> for Failure {
    fn from(error: HttpError) -> Self {
        Self {
            error,
            retry_after: None,
        }
    }
}

fn builder(options: &HttpOptions) -> reqwest::ClientBuilder {
    let builder = Client::builder()
        .user_agent(concat!("belay/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(options.connect_timeout)
        .redirect(Policy::custom(|attempt| {
            let target = attempt.url();
            let allowed = matches!(target.scheme(), "http" | "https");
            // From an encrypted connection nobody may be led to an open one.
            let weakened = target.scheme() == "http"
                && attempt.previous().iter().any(|url| url.scheme() == "https");
            // GitLab answers with this page, as if it were the file, where a login is needed.
            let sign_in = target.path().ends_with(SIGN_IN);
            if !allowed || weakened || sign_in || attempt.previous().len() > MAX_REDIRECTS {
                let refused = classify::Refused(target.to_string());
                return attempt.error(refused);
            }
            attempt.follow()
        }))
        // Retries are made above, where they are counted and told.
        .retry(reqwest::retry::never());
    if options.system_proxy {
        builder
    } else {
        builder.no_proxy()
    }
}

#[allow(
    clippy::needless_pass_by_value,
    reason = "the signature that `map_err` asks for"
)]
fn setup(error: reqwest::Error) -> HttpError {
    HttpError::Setup {
        reason: classify::deepest(&error),
    }
}

fn check_status(url: &str, response: Response) -> Result<Response, Failure> {
    let status = response.status();
    // Nothing, or a part of it, is not the file.
    if status.as_u16() == 200 {
        return Ok(response);
    }
    // A target that the client cannot make an address of is not followed, and arrives here.
    let location = response.headers().get(header::LOCATION);
    if let Some(to) = location.filter(|_| status.is_redirection()) {
        return Err(HttpError::Redirect {
            url: url.to_owned(),
            to: String::from_utf8_lossy(to.as_bytes()).into_owned(),
        }
        .into());
    }
    let retry_after = response
        .headers()
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .map(Duration::from_secs);
    Err(Failure {
        error: HttpError::Status {
            url: url.to_owned(),
            status: status.as_u16(),
        },
        retry_after,
    })
}
