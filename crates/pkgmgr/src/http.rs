//! Files from web servers: bounded in time and size, asked for again when that may help.

mod fault;
mod logins;

use std::fmt;
use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use serde::{Deserialize, Serialize};

pub use self::logins::Logins;
use crate::error::{HttpError, HttpPhase};

/// Redirects that are followed for one request.
const MAX_REDIRECTS: usize = 10;

/// What a server may say in `Retry-After` and be obeyed.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(30);

/// The end of the page that asks for a login.
const SIGN_IN: &str = "/users/sign_in";

/// How requests are made.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct HttpOptions {
    /// The longest time to connect. 10 s unless told otherwise.
    pub connect_timeout: Duration,
    /// The longest silence: until the head of an answer, and between two pieces of its body. 30 s
    /// unless told otherwise.
    pub silence_timeout: Duration,
    /// The longest time for one answer, so that a server cannot hold the client with a byte now and
    /// then. 10 min unless told otherwise.
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
pub enum Answer {
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

/// A request that is about to be repeated.
#[derive(Debug, Clone)]
pub struct Retry<'a> {
    /// The address.
    pub url: &'a str,
    /// Which repetition this is, from 1.
    pub attempt: u32,
    /// How long is waited first.
    pub wait: Duration,
    /// Why the last request failed.
    pub error: &'a HttpError,
}

/// An HTTP client. Clones share their connections.
#[derive(Clone)]
pub struct Http {
    client: Client,
    options: Arc<HttpOptions>,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Http {
    /// Sets up a client. Nothing is connected yet.
    ///
    /// A system without certificate authorities is no error: there, https fails and http works.
    pub fn new(options: HttpOptions) -> Result<Self, HttpError> {
        // Fails when a provider is installed already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut authorities = Vec::new();
        for pem in &options.extra_authorities {
            authorities.extend(reqwest::Certificate::from_pem_bundle(pem).map_err(setup)?);
        }
        let client = match builder(&options)
            .tls_certs_merge(authorities.clone())
            .build()
        {
            Ok(client) => client,
            Err(_) => builder(&options)
                .tls_certs_only(authorities)
                .build()
                .map_err(setup)?,
        };
        Ok(Self {
            client,
            options: Arc::new(options),
        })
    }

    /// How requests are made.
    pub fn options(&self) -> &HttpOptions {
        &self.options
    }

    /// Asks for a file. With a `validator` that is not empty, the server may answer
    /// [`Answer::NotModified`].
    ///
    /// `retry` is told before a request is repeated.
    pub fn get(
        &self,
        url: &str,
        validator: &Validator,
        retry: &mut dyn FnMut(Retry<'_>),
    ) -> Result<Answer, HttpError> {
        self.repeat(url, retry, || {
            let mut request = self.login(url, self.client.get(url));
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
            let bytes = self
                .body(url, response, self.options.max_bytes)?
                .take_all()?;
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
        self.repeat(url, &mut |_| {}, || {
            let request = match body {
                Some(body) => self.client.post(url).body(body.to_vec()),
                None => self.client.get(url),
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
        url: &str,
        retry: &mut dyn FnMut(Retry<'_>),
        mut request: impl FnMut() -> Result<T, Failure>,
    ) -> Result<T, HttpError> {
        if self.options.offline {
            return Err(HttpError::Offline {
                url: url.to_owned(),
            });
        }
        let mut attempt = 0;
        loop {
            let failure = match request() {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            if attempt >= self.options.retries || !failure.error.is_transient() {
                return Err(failure.error);
            }
            let backoff = self.options.backoff.saturating_mul(1 << attempt.min(16));
            attempt += 1;
            let wait = failure.retry_after.unwrap_or(backoff).min(MAX_RETRY_AFTER);
            retry(Retry {
                url,
                attempt,
                wait,
                error: &failure.error,
            });
            std::thread::sleep(wait);
        }
    }

    /// With the login for the server, which a redirect to another one takes away again.
    fn login(&self, url: &str, request: RequestBuilder) -> RequestBuilder {
        match self.options.logins.of(url) {
            Some((name, password)) => request.basic_auth(name, Some(password)),
            None => request,
        }
    }

    fn send(&self, url: &str, request: RequestBuilder) -> Result<Response, HttpError> {
        request
            .send()
            .map_err(|error| fault::of_request(url, &error, self.options.silence_timeout))
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
        Ok(Body {
            url: url.to_owned(),
            response,
            options: Arc::clone(&self.options),
            deadline: Instant::now() + self.options.total_timeout,
            taken: 0,
            limit,
        })
    }
}

/// The body of an answer while it arrives.
pub(crate) struct Body {
    url: String,
    response: Response,
    options: Arc<HttpOptions>,
    deadline: Instant,
    taken: u64,
    limit: u64,
}

impl Body {
    /// The next piece; its length is 0 at the end.
    pub(crate) fn take(&mut self, buffer: &mut [u8]) -> Result<usize, HttpError> {
        let count = self
            .response
            .read(buffer)
            .map_err(|error| fault::of_body(&self.url, &error, self.options.silence_timeout))?;
        self.taken += count as u64;
        if self.taken > self.limit {
            return Err(HttpError::TooLarge {
                url: self.url.clone(),
                limit: self.limit,
            });
        }
        if count > 0 && Instant::now() > self.deadline {
            return Err(HttpError::Timeout {
                url: self.url.clone(),
                phase: HttpPhase::Body,
                after: self.options.total_timeout,
            });
        }
        Ok(count)
    }

    /// All that is left.
    pub(crate) fn take_all(mut self) -> Result<Vec<u8>, HttpError> {
        let mut bytes = Vec::new();
        let mut chunk = vec![0; 64 << 10];
        loop {
            match self.take(&mut chunk)? {
                0 => return Ok(bytes),
                count => bytes.extend_from_slice(&chunk[..count]),
            }
        }
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

fn builder(options: &HttpOptions) -> reqwest::blocking::ClientBuilder {
    let builder = Client::builder()
        .user_agent(concat!("belay/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(options.connect_timeout)
        // Of a blocking client this is the time until the head, and then for each read.
        .timeout(options.silence_timeout)
        .redirect(Policy::custom(|attempt| {
            let target = attempt.url();
            let allowed = matches!(target.scheme(), "http" | "https");
            // From an encrypted connection nobody may be led to an open one.
            let weakened = target.scheme() == "http"
                && attempt.previous().iter().any(|url| url.scheme() == "https");
            // GitLab answers with this page, as if it were the file, where a login is needed.
            let sign_in = target.path().ends_with(SIGN_IN);
            if !allowed || weakened || sign_in || attempt.previous().len() > MAX_REDIRECTS {
                let refused = fault::Refused(target.to_string());
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
        reason: fault::deepest(&error),
    }
}

fn check_status(url: &str, response: Response) -> Result<Response, Failure> {
    let status = response.status();
    if status.is_success() {
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
