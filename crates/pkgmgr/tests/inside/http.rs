//! Downloads from servers that work and from servers that do not.

use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::cancel::Cancel;
use crate::http::HttpError;
use crate::http::{Answer, Http, HttpOptions, Logins, Progress, Validator};

use super::server::{Reply, Server, data, options};

fn get(url: &str, options: HttpOptions) -> Result<Vec<u8>, HttpError> {
    let http = Http::new(options, Cancel::default()).unwrap();
    match http.get(url, &Validator::default(), &mut |_| {})? {
        Answer::Body { bytes, .. } => Ok(bytes),
        Answer::NotModified => panic!("nothing was known"),
    }
}

/// Answers the n-th request, from 0, with what `reply` gives for n.
fn counting(reply: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Server {
    let count = AtomicUsize::new(0);
    Server::start(move |_| reply(count.fetch_add(1, Ordering::SeqCst)))
}

#[test]
fn a_busy_server_is_asked_again() {
    let server = counting(|count| match count {
        0 => Reply::status(503),
        1 => Reply::status(429).header("Retry-After", "0"),
        _ => Reply::body("content"),
    });
    let url = server.url("/file");
    let http = Http::new(options(), Cancel::default()).unwrap();
    let mut reported = Vec::new();
    let answer = http.get(&url, &Validator::default(), &mut |progress| {
        if let Progress::Retrying { attempt, error } = progress {
            reported.push((attempt, error.to_string()));
        }
    });
    assert!(matches!(answer, Ok(Answer::Body { bytes, .. }) if bytes == b"content"));
    assert_eq!(
        reported,
        [
            (1, format!("{url} answers with status 503")),
            (2, format!("{url} answers with status 429")),
        ]
    );
    assert_eq!(server.connections(), 1, "the connection is used again");
}

#[test]
fn a_process_reads_its_certificates_once_and_keeps_its_connections() {
    let server = counting(|_| Reply::body("content"));
    for path in ["/a", "/b", "/c"] {
        assert_eq!(get(&server.url(path), options()).unwrap(), b"content");
    }
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_server_that_stays_busy_is_given_up() {
    let server = counting(|_| Reply::status(500));
    let error = get(&server.url("/file"), options()).unwrap_err();
    assert!(matches!(error, HttpError::Status { status: 500, .. }));
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn what_is_not_there_is_asked_for_once() {
    let server = counting(|_| Reply::status(404));
    let error = get(&server.url("/file"), options()).unwrap_err();
    assert!(error.is_not_found(), "{error:?}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_body_that_was_cut_off_is_not_taken_for_a_file() {
    let server = counting(|count| match count {
        0 => Reply::body("whole").cut_after(2),
        _ => Reply::body("whole"),
    });
    assert_eq!(get(&server.url("/file"), options()).unwrap(), b"whole");

    let server = counting(|_| Reply::body("whole").cut_after(2));
    let error = get(&server.url("/file"), options()).unwrap_err();
    assert!(matches!(error, HttpError::Broken { .. }), "{error:?}");
}

#[test]
fn a_server_that_falls_silent_is_left() {
    let mut options = options();
    options.silence_timeout = Duration::from_millis(100);
    options.retries = 1;
    for reply in [Reply::silence(), Reply::body("content").stall_after(3)] {
        let server = counting(move |_| reply.clone());
        let error = get(&server.url("/file"), options.clone()).unwrap_err();
        assert!(matches!(&error, HttpError::Timeout { .. }), "{error:?}");
        assert_eq!(server.requests().len(), 2);
    }
}

#[test]
fn a_server_that_drips_is_left_and_not_asked_again() {
    // A hundred bytes a second, each of them long before silence would be too long.
    let pause = Duration::from_millis(10);
    let server = counting(move |_| Reply::body(vec![b'x'; 100_000]).drip(pause));
    let mut slow = options();
    slow.silence_timeout = Duration::from_millis(200);
    slow.min_rate = 1_000_000;
    let error = get(&server.url("/file"), slow).unwrap_err();
    assert!(
        matches!(error, HttpError::Slow { bytes: 1..1000, .. }),
        "{error:?}"
    );
    assert_eq!(server.requests().len(), 1);

    // Slow, and fast enough: it is reported how much has come.
    let server = counting(move |_| Reply::body("x".repeat(40)).drip(pause));
    let http = Http::new(options(), Cancel::default()).unwrap();
    let mut reported = Vec::new();
    let answer = http.get(
        &server.url("/file"),
        &Validator::default(),
        &mut |progress| {
            if let Progress::Received { bytes } = progress {
                reported.push(bytes);
            }
        },
    );
    assert!(matches!(answer, Ok(Answer::Body { bytes, .. }) if bytes.len() == 40));
    assert!(
        reported.is_sorted() && matches!(reported[..], [1..=40, ..]),
        "{reported:?}"
    );
}

#[test]
fn a_wait_ends_when_it_is_cancelled() {
    let mut patient = options();
    patient.silence_timeout = Duration::from_secs(600);
    patient.backoff = Duration::from_secs(600);
    for reply in [
        // For the head, for the body, and for the next attempt.
        Reply::silence(),
        Reply::body("content").stall_after(3),
        Reply::status(503),
    ] {
        let server = counting(move |_| reply.clone());
        let cancel = Cancel::default();
        let http = Http::new(patient.clone(), cancel.clone()).unwrap();
        let url = server.url("/file");
        let (error, after) = std::thread::scope(|scope| {
            let canceller = scope.spawn(|| {
                assert!(server.wait_for_requests(1));
                let begun = std::time::Instant::now();
                cancel.cancel();
                begun
            });
            let answer = http.get(&url, &Validator::default(), &mut |_| {});
            (answer.unwrap_err(), canceller.join().unwrap().elapsed())
        });
        assert!(matches!(error, HttpError::Interrupted), "{error:?}");
        assert!(after < Duration::from_secs(60), "{after:?}");
        let again = http.get(&url, &Validator::default(), &mut |_| {});
        assert!(matches!(again, Err(HttpError::Interrupted)));
    }
}

#[test]
fn nothing_and_a_part_are_no_file() {
    for status in [201, 204, 206] {
        let server = counting(move |_| Reply::status(status));
        let error = get(&server.url("/file.py"), options()).unwrap_err();
        assert!(
            matches!(error, HttpError::Status { status: found, .. } if found == status),
            "{error:?}"
        );
    }
}

#[test]
fn a_compressed_body_is_unpacked_and_bounded() {
    let pack = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let zeros = pack(&vec![0; 100_000]);
    assert!(zeros.len() < 1000);
    let server = Server::start(move |request| {
        assert!(request.headers["accept-encoding"].contains("gzip"));
        Reply::body(zeros.clone()).header("Content-Encoding", "gzip")
    });
    assert_eq!(get(&server.url("/"), options()).unwrap(), vec![0; 100_000]);
    let mut options = options();
    options.max_bytes = 99_999;
    let error = get(&server.url("/"), options).unwrap_err();
    assert!(
        matches!(error, HttpError::TooLarge { limit: 99_999, .. }),
        "{error:?}"
    );
}

#[test]
fn a_body_that_says_it_is_too_large_is_not_read() {
    // Stalls at once: reading on would be a time-out instead.
    let server = counting(|_| Reply::body(vec![0; 1000]).stall_after(0));
    let mut options = options();
    options.max_bytes = 999;
    let error = get(&server.url("/"), options).unwrap_err();
    assert!(
        matches!(error, HttpError::TooLarge { limit: 999, .. }),
        "{error:?}"
    );
}

#[test]
fn redirects_lead_to_web_servers_only() {
    let server = Server::start(|request| match request.path.as_str() {
        "/a" => Reply::status(302).header("Location", "/b"),
        "/b" => Reply::body("content"),
        "/file" => Reply::status(302).header("Location", "file:///etc/passwd"),
        "/ftp" => Reply::status(301).header("Location", "ftp://127.0.0.1/x"),
        "/bad" => Reply::status(302).header("Location", "http://["),
        _ => Reply::status(302).header("Location", "/circle"),
    });
    assert_eq!(get(&server.url("/a"), options()).unwrap(), b"content");
    for (path, target) in [
        ("/file", "file:///etc/passwd"),
        ("/ftp", "ftp://127.0.0.1/x"),
        ("/bad", "http://["),
        ("/circle", &server.url("/circle")),
    ] {
        let error = get(&server.url(path), options()).unwrap_err();
        assert!(
            matches!(&error, HttpError::Redirect { to, .. } if to == target),
            "{error:?}"
        );
    }
}

#[test]
fn what_is_known_is_not_sent_again() {
    let server = Server::start(|request| match request.headers.get("if-none-match") {
        Some(tag) if tag == "\"1\"" => Reply::status(304),
        _ => Reply::body("content").header("ETag", "\"1\""),
    });
    let http = Http::new(options(), Cancel::default()).unwrap();
    let url = server.url("/file");
    let Ok(Answer::Body { validator, .. }) = http.get(&url, &Validator::default(), &mut |_| {})
    else {
        panic!("a body");
    };
    assert_eq!(validator.etag.as_deref(), Some("\"1\""));
    let second = http.get(&url, &validator, &mut |_| {});
    assert!(matches!(second, Ok(Answer::NotModified)));
}

#[test]
fn addresses_that_lead_nowhere_say_why() {
    let mut options = options();
    options.retries = 0;
    let error = |url: &str| get(url, options.clone()).unwrap_err();
    let unknown = error("http://no-such-host.invalid/x");
    assert!(
        matches!(&unknown, HttpError::Resolve { host, .. } if host == "no-such-host.invalid"),
        "{unknown:?}"
    );
    // A port that was free a moment ago.
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let refused = error(&format!("http://{closed}/"));
    assert!(matches!(refused, HttpError::Connect { .. }), "{refused:?}");
    for url in ["", "file:///etc/passwd", "ftp://127.0.0.1/", "http://"] {
        let error = error(url);
        assert!(
            matches!(error, HttpError::Address { .. }),
            "{url}: {error:?}"
        );
    }
}

#[test]
fn only_trusted_certificates_are_accepted() {
    let server = Server::start_tls(|_| Reply::body("content"));
    let error = get(&server.url("/"), options()).unwrap_err();
    assert!(matches!(error, HttpError::Tls { .. }), "{error:?}");

    let mut trusting = options();
    trusting.extra_authorities = vec![std::fs::read(data().join("tls/authority.pem")).unwrap()];
    assert_eq!(get(&server.url("/"), trusting).unwrap(), b"content");
}

#[test]
fn offline_no_server_is_asked() {
    let server = counting(|_| Reply::body("content"));
    let mut options = options();
    options.offline = true;
    let error = get(&server.url("/"), options).unwrap_err();
    assert!(matches!(error, HttpError::Offline { .. }));
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_login_goes_to_its_own_server_alone() {
    let login = "Basic bWU6czNjcmV0";
    let other = Server::start(|request| {
        assert!(!request.headers.contains_key("authorization"));
        Reply::body("other")
    });
    let moved = other.url("/");
    let server = Server::start(move |request| {
        let known = request.headers.get("authorization").map(String::as_str) == Some(login);
        match request.path.as_str() {
            _ if !known => Reply::status(401),
            "/moved" => Reply::status(302).header("Location", &moved),
            "/here" => Reply::status(302).header("Location", "/file"),
            "/page" => Reply::status(302).header("Location", "/users/sign_in"),
            _ => Reply::body("content"),
        }
    });
    let mut options = options();
    options.logins = Logins::parse("machine 127.0.0.1 login me password s3cret");
    let get = |url: &str| get(url, options.clone());
    assert_eq!(get(&server.url("/file")).unwrap(), b"content");
    assert_eq!(get(&server.url("/here")).unwrap(), b"content");
    assert_eq!(get(&server.url("/moved")).unwrap(), b"other");
    // By another name it is another server.
    let renamed = server.url("/file").replace("127.0.0.1", "localhost");
    // A page that asks for a login is no file.
    for url in [renamed, server.url("/page")] {
        let error = get(&url).unwrap_err();
        assert!(
            matches!(error, HttpError::Status { status: 401, .. }),
            "{error:?}"
        );
    }
    let shown = format!("{options:?}");
    assert!(
        shown.contains("127.0.0.1") && !shown.contains("s3cret"),
        "{shown}"
    );
}
