//! The files of the board under `/fs/`.

use std::io;

use serde_json::{Value, json};

use super::request::{Head, Stream, unescape};
use super::response::Response;
use super::workflow::{Workflow, send_now};
use crate::files::FileError;

const METHODS: &str = "GET, OPTIONS, PUT, DELETE, MOVE";

/// Answers a request of a client that is let in.
pub(super) fn respond(head: &Head, stream: &mut Stream, site: &Workflow) -> io::Result<Response> {
    let path = head.path();
    let path = path.strip_prefix("/fs").unwrap_or_default();
    let is_folder = path.ends_with('/');
    // The board knows folders without their slash.
    let plain = match path.trim_end_matches('/') {
        "" => "/",
        plain => plain,
    };
    if path.split('/').any(|part| part == "..") {
        return Ok(Response::new(400, "Bad Request").closing());
    }
    match head.method.as_str() {
        "OPTIONS" => Ok(Response::new(204, "No Content")
            .with("Access-Control-Allow-Methods", METHODS)
            .with(
                "Access-Control-Allow-Headers",
                "Authorization, Content-Type, X-Timestamp, X-Destination",
            )),
        "GET" if is_folder => Ok(list(head, plain, site)),
        "GET" => Ok(read(plain, site)),
        "PUT" | "DELETE" | "MOVE" => change(head, stream, plain, is_folder, site),
        _ => Ok(Response::new(405, "Method Not Allowed")
            .with("Allow", METHODS)
            .closing()),
    }
}

fn list(head: &Head, path: &str, site: &Workflow) -> Response {
    let files = &site.shared.hardware.files;
    let entries = match files.list(path) {
        Ok(entries) => entries,
        Err(error) => return failed(error),
    };
    let wants_json = head
        .header("accept")
        .is_some_and(|kinds| kinds.contains("application/json"));
    if !wants_json {
        return Response::html("<title>CIRCUITPY</title>");
    }
    let Some(mut space) = site.space() else {
        return failed(FileError::Silent);
    };
    let entries = entries.iter().map(|entry| {
        json!({
            "name": entry.name,
            "directory": entry.folder,
            "modified_ns": entry.modified.saturating_mul(1_000_000_000),
            "file_size": entry.size,
        })
    });
    space["files"] = Value::Array(entries.collect());
    Response::json(&space)
}

fn read(path: &str, site: &Workflow) -> Response {
    let files = &site.shared.hardware.files;
    match files.stat(path) {
        Ok(entry) if entry.folder => {
            let place = format!("/fs{path}/");
            return Response::new(301, "Moved Permanently").with("Location", &place);
        }
        Ok(_) => {}
        Err(error) => return failed(error),
    }
    let kind = match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("txt" | "py" | "toml") => "text/plain",
        Some("html") => "text/html",
        Some("js") => "text/javascript",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    };
    match files.read(path) {
        Ok(bytes) => Response::bytes(kind, bytes),
        Err(error) => failed(error),
    }
}

fn change(
    head: &Head,
    stream: &mut Stream,
    path: &str,
    is_folder: bool,
    site: &Workflow,
) -> io::Result<Response> {
    if !site.is_writable() {
        return Ok(Response::new(409, "Conflict").closing());
    }
    let files = &site.shared.hardware.files;
    let done = match head.method.as_str() {
        "DELETE" => {
            stream.body(head.length())?;
            match files.stat(path) {
                Ok(entry) if entry.folder != is_folder || path == "/" => Err(FileError::MISSING),
                Ok(_) => files
                    .remove(path)
                    .map(|()| Response::new(204, "No Content")),
                Err(error) => Err(error),
            }
        }
        "MOVE" => {
            stream.body(head.length())?;
            let destination = head
                .header("x-destination")
                .map(unescape)
                .unwrap_or_default();
            let new = destination.strip_prefix("/fs").unwrap_or_default();
            if !new.starts_with('/') || new.split('/').any(|part| part == "..") {
                return Ok(Response::new(400, "Bad Request"));
            }
            let new = new.trim_end_matches('/');
            match (files.stat(path), files.stat(new)) {
                (Err(error), _) => Err(error),
                (Ok(_), Ok(_)) => return Ok(Response::new(412, "Precondition Failed")),
                (Ok(_), Err(_)) => files
                    .rename(path, new)
                    .map(|()| Response::new(201, "Created")),
            }
        }
        _ if is_folder => {
            stream.body(head.length())?;
            match files.make_folder(path) {
                Err(FileError::EXISTS) => return Ok(Response::new(204, "No Content")),
                other => other.map(|()| Response::new(201, "Created")),
            }
        }
        _ => return put(head, stream, path, site),
    };
    Ok(match done {
        Ok(response) => {
            site.written();
            response
        }
        Err(error) => failed(error),
    })
}

/// Takes a file, if it fits.
fn put(head: &Head, stream: &mut Stream, path: &str, site: &Workflow) -> io::Result<Response> {
    let files = &site.shared.hardware.files;
    let expects = head.header("expect").is_some();
    let there = files.stat(path);
    if there.as_ref().is_ok_and(|entry| entry.folder) {
        return Ok(Response::new(409, "Conflict").closing());
    }
    let Ok([block, _, free]) = files.space() else {
        return Ok(failed(FileError::Silent).closing());
    };
    let old = there.as_ref().map_or(0, |entry| u64::from(entry.size));
    let room = u64::from(block) * u64::from(free) + old;
    if head.length() as u64 > room {
        return Ok(if expects {
            Response::new(417, "Expectation Failed").closing()
        } else {
            Response::new(413, "Payload Too Large").closing()
        });
    }
    if expects {
        send_now(stream, "HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let bytes = stream.body(head.length())?;
    Ok(match files.write(path, &bytes) {
        Ok(()) => {
            site.written();
            if there.is_ok() {
                Response::new(204, "No Content")
            } else {
                Response::new(201, "Created")
            }
        }
        Err(error) => failed(error),
    })
}

fn failed(error: FileError) -> Response {
    match error {
        // A file in the place of a folder on the way is no such path, too.
        FileError::MISSING | FileError::Os(20) => Response::new(404, "Not Found"),
        FileError::FULL => Response::new(413, "Payload Too Large"),
        _ => Response::new(500, "Internal Server Error"),
    }
}
