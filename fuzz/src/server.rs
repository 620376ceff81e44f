//! A web server on this computer that answers what the fuzzer makes up.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A server with two answers.
pub struct Server {
    port: u16,
    answers: Arc<Mutex<[Vec<u8>; 2]>>,
}

impl Server {
    /// Gives the first answer to requests whose line names `first`, and the second to all others.
    pub fn start(first: &'static str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let port = listener.local_addr().expect("it listens").port();
        let answers = Arc::<Mutex<[Vec<u8>; 2]>>::default();
        let shared = Arc::clone(&answers);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let answers = Arc::clone(&shared);
                thread::spawn(move || {
                    serve(&stream.expect("somebody connects"), first, &answers);
                });
            }
        });
        Self { port, answers }
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What it answers from now on.
    pub fn answer(&self, answers: impl Into<[Vec<u8>; 2]>) {
        *self.answers.lock().expect("nobody panics") = answers.into();
    }
}

/// Answers the requests of a connection.
fn serve(stream: &TcpStream, first: &str, answers: &Mutex<[Vec<u8>; 2]>) {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    loop {
        let mut request = String::new();
        if reader.read_line(&mut request).unwrap_or(0) == 0 {
            return;
        }
        let mut length = 0;
        let mut line = String::new();
        while reader.read_line(&mut line).unwrap_or(0) > 2 {
            let lower = line.to_ascii_lowercase();
            if let Some(text) = lower.strip_prefix("content-length:") {
                length = text.trim().parse().unwrap_or(0);
            }
            line.clear();
        }
        let mut body = vec![0; length];
        if std::io::Read::read_exact(&mut reader, &mut body).is_err() {
            return;
        }
        let which = usize::from(!request.contains(first));
        let body = answers.lock().expect("nobody panics")[which].clone();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        if writer
            .write_all(&[head.as_bytes(), &body].concat())
            .is_err()
        {
            return;
        }
    }
}
