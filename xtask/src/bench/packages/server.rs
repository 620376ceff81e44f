//! A web server on the loopback interface that takes its time for each answer.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Result, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The longest head of a request.
const MAX_HEAD: u64 = 64 << 10;

/// Serves until it is dropped.
pub(super) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    /// The texts by their paths.
    files: HashMap<String, String>,
    /// From the end of a request to the start of its answer.
    delay: Duration,
    requests: AtomicUsize,
    stopped: AtomicBool,
}

impl Server {
    pub(super) fn start(files: HashMap<String, String>, delay: Duration) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            files,
            delay,
            requests: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
        });
        let accepted = Arc::clone(&shared);
        let accepting = thread::spawn(move || {
            for stream in listener.incoming() {
                if accepted.stopped.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(stream) = stream else { continue };
                let shared = Arc::clone(&accepted);
                // Ends when the client does. What a client misses is noticed in its own results.
                thread::spawn(move || shared.serve(stream));
            }
        });
        Ok(Self {
            address,
            shared,
            accepting: Some(accepting),
        })
    }

    /// The address below which the files are, without a slash at its end.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many requests there were so far.
    pub(super) fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Accepting is waiting for a connection, whoever makes it.
        let woken = TcpStream::connect(self.address).is_ok();
        if let Some(accepting) = self.accepting.take().filter(|_| woken) {
            let _ = accepting.join();
        }
    }
}

impl Shared {
    /// Answers all requests of a connection, one after the other.
    fn serve(&self, stream: TcpStream) -> Result<()> {
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream);
        while let Some(target) = read_head(&mut reader)? {
            self.requests.fetch_add(1, Ordering::SeqCst);
            thread::sleep(self.delay);
            reader
                .get_mut()
                .write_all(self.answer(&target).as_bytes())?;
        }
        Ok(())
    }

    fn answer(&self, target: &str) -> String {
        let (status, text) = match self.files.get(target) {
            Some(text) => ("200 OK", text.as_str()),
            None => ("404 Not Found", ""),
        };
        let length = text.len();
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{text}")
    }
}

/// Reads a request without a body, and gives the path that it asks for; `None` at the end.
fn read_head(reader: &mut BufReader<TcpStream>) -> Result<Option<String>> {
    let mut head = reader.by_ref().take(MAX_HEAD);
    let mut first = String::new();
    head.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        if head.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        if line.trim_end().is_empty() {
            return Ok(first.split(' ').nth(1).map(str::to_owned));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_requests_of_a_connection_are_answered() {
        let files = HashMap::from([("/a/b".to_owned(), "text".to_owned())]);
        let server = Server::start(files, Duration::from_millis(1)).unwrap();
        let mut stream = TcpStream::connect(server.address).unwrap();
        let requests = "GET /a/b HTTP/1.1\r\nHost: x\r\n\r\nGET /../a HTTP/1.1\r\n\r\n";
        stream.write_all(requests.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answers = String::new();
        stream.read_to_string(&mut answers).unwrap();
        let expected = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntext\
            HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(answers, expected);
        assert_eq!(server.requests(), 2);
        assert_eq!(server.url(), format!("http://{}", server.address));
    }
}
