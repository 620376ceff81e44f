//! What each request does.

use std::io::PipeReader;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde_json::{Value, json};

use super::Shared;
use super::devices::Place;
use super::facts::{each, event, hello, hex, i2c, number, pwm, pwm_event, spi, status, stream};
use super::request::{Request, commands};
use crate::Board;

/// Longest part of a wait in which the board is kept from ending.
const SLICE: Duration = Duration::from_millis(100);

/// Why a request is not answered.
struct Refusal {
    kind: &'static str,
    message: String,
}

impl Refusal {
    fn new(kind: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { kind, message }
    }

    fn failed(error: &crate::Error) -> Self {
        let source = std::error::Error::source(error);
        let message = match source {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        };
        Self::new("failed", message)
    }

    fn to_json(&self) -> Value {
        json!({"kind": self.kind, "message": self.message})
    }
}

/// Answers a line. A request with an `id` has it in its answer.
pub(super) fn answer(line: &[u8], shared: &Shared, stopped: &PipeReader) -> String {
    let mut id = None;
    let result = serde_json::from_slice(line)
        .map_err(|error| Refusal::new("bad_json", error.to_string()))
        .and_then(|mut value: Value| {
            id = value.as_object_mut().and_then(|object| object.remove("id"));
            let request = parse(value)?;
            respond(request, shared, stopped)
        });
    let mut answer = match result {
        Ok(result) => json!({"result": result}),
        Err(refusal) => json!({"error": refusal.to_json()}),
    };
    if let Some(id) = id {
        answer["id"] = id;
    }
    answer.to_string()
}

/// The answer to what is no request.
pub(super) fn refusal(kind: &'static str, message: &str) -> String {
    json!({"error": Refusal::new(kind, message).to_json()}).to_string()
}

fn parse(value: Value) -> Result<Request, Refusal> {
    let named = value.get("cmd").and_then(Value::as_str);
    let Some(name) = named else {
        return Err(Refusal::new("bad_request", "the request has no \"cmd\""));
    };
    let known = commands();
    if !known.iter().any(|known| known == name) {
        let message = format!("unknown cmd {name:?}; known are {}", known.join(", "));
        return Err(Refusal::new("unknown_command", message));
    }
    serde_json::from_value(value).map_err(|error| Refusal::new("bad_request", error.to_string()))
}

#[expect(clippy::too_many_lines, reason = "an arm for each request")]
fn respond(request: Request, shared: &Shared, stopped: &PipeReader) -> Result<Value, Refusal> {
    let board = owned(shared)?;
    let devices = &shared.devices;
    let failed = |error: crate::Error| Refusal::failed(&error);
    let done = || json!({});
    Ok(match request {
        Request::Hello {} => hello(&board),
        Request::Status {} => status(&board),
        Request::Reset {} => {
            board.press_reset().map_err(failed)?;
            done()
        }
        Request::Pins {} => json!(board.pins()),
        Request::Pin { pin } => {
            let last = board.pin_history(&pin.0).pop();
            let driven = board.driven(&pin.0).map(number);
            json!({"last": last.as_ref().map(event), "driven": driven})
        }
        Request::PinHistory { pin } => each(&board.pin_history(&pin.0), event),
        Request::SetPin { pin, level } => {
            board.set_pin(&pin.0, level).map_err(failed)?;
            done()
        }
        Request::WaitPin {
            pin,
            level,
            timeout,
        } => {
            drop(board);
            let reached = wait(shared, stopped, timeout.0, |board, deadline| {
                board.wait_for_pin(&pin.0, level, deadline).then_some(())
            })?;
            json!({"reached": reached.is_some()})
        }
        Request::SetAnalog { pin, microvolts } => {
            board.set_analog(&pin.0, microvolts);
            done()
        }
        Request::Pwm { pin } => json!(board.pwm(&pin.0).as_ref().map(pwm)),
        Request::PwmHistory { pin } => each(&board.pwm_history(&pin.0), pwm_event),
        Request::Pixels { pin } => json!(board.pixels(&pin.0)),
        Request::Bitstreams { pin } => each(&board.bitstreams(&pin.0), stream),
        Request::I2cLog {} => each(&board.i2c_log(), i2c),
        Request::SpiLog {} => each(&board.spi_log(), spi),
        Request::FlashCounters {} => {
            let counters = board.flash_counters().map_err(failed)?;
            json!({
                "erases": counters.erases,
                "programs": counters.programs,
                "programmed_bytes": counters.programmed_bytes,
            })
        }
        Request::Drive {} => json!({"drive": board.drive()}),
        Request::SetDrive { drive } => {
            board.set_drive(drive);
            done()
        }
        Request::LostBytes {} => json!(board.lost_bytes()),
        Request::RoundTrips {} => json!(board.round_trips()),
        Request::UartSend { uart, data } => {
            board.uart_send(uart.0, &data.0);
            done()
        }
        Request::UartTake { uart } => json!(hex(&board.uart_take(uart.0))),
        Request::UartWait { uart, end, timeout } => {
            drop(board);
            let data = wait(shared, stopped, timeout.0, |board, deadline| {
                board.uart_wait(uart.0, &end.0, deadline)
            })?;
            json!(data.as_deref().map(hex))
        }
        Request::AttachI2c {
            bus,
            address,
            device,
        } => {
            let bus = &bus.0;
            json!({"device": devices.attach(&board, Place::I2c { bus, address }, device)})
        }
        Request::DetachI2c { bus, address } => {
            json!({"detached": board.detach_i2c(&bus.0, address)})
        }
        Request::AttachSpi {
            bus,
            select,
            device,
        } => {
            let select = select.as_ref().map(|pin| &pin.0[..]);
            let place = Place::Spi {
                bus: &bus.0,
                select,
            };
            json!({"device": devices.attach(&board, place, device)})
        }
        Request::DetachSpi { bus, select } => {
            let select = select.as_ref().map(|pin| &pin.0[..]);
            json!({"detached": board.detach_spi(&bus.0, select)})
        }
        Request::GetRegisters {
            device,
            first,
            count,
        } => {
            let read = |registers: &mut crate::Registers| {
                let memory = registers.memory();
                let size = memory.len();
                let end = first.checked_add(count).filter(|&end| end <= size);
                end.map(|end| hex(&memory[first..end])).ok_or(size)
            };
            let found = devices.with_registers(device, read);
            let text = found.ok_or_else(|| none(device, "registers"))?;
            let text = text.map_err(|size| {
                Refusal::new("bad_request", format!("the device has {size} registers"))
            })?;
            json!(text)
        }
        Request::SetRegisters {
            device,
            first,
            data,
        } => {
            let write = |registers: &mut crate::Registers| {
                let size = registers.memory().len();
                registers.set(first % size, &data.0);
            };
            let found = devices.with_registers(device, write);
            found.ok_or_else(|| none(device, "registers"))?;
            json!({})
        }
        Request::PushAnswer { device, data } => {
            let found = devices.with_answers(device, |answers| answers.push(data.0));
            found.ok_or_else(|| none(device, "answers"))?;
            json!({})
        }
        Request::TakeWritten { device } => {
            let found = devices.with_answers(device, crate::Answers::take_written);
            json!(hex(&found.ok_or_else(|| none(device, "answers"))?))
        }
        Request::Unplug {} => cable(&board, board.unplug())?,
        Request::PlugIn {} => cable(&board, board.plug_in())?,
        Request::CutPower {} => cable(&board, board.cut_power())?,
        Request::PowerOn {} => cable(&board, board.power_on())?,
        Request::SetLinkFaults { link } => {
            let faults = link.faults();
            let faults = faults.map_err(|text| Refusal::new("bad_request", text))?;
            board.set_link_faults(faults).map_err(failed)?;
            done()
        }
        Request::SetFlashFaults { flash } => {
            board.set_flash_faults(flash.faults()).map_err(failed)?;
            done()
        }
    })
}

/// What was done with cable or power, and where the board is now.
fn cable(board: &Board, done: Result<(), crate::Error>) -> Result<Value, Refusal> {
    done.map_err(|error| Refusal::failed(&error))?;
    Ok(json!({"path": board.current_path()}))
}

/// That no device has this number, or it is of another kind.
fn none(number: usize, what: &str) -> Refusal {
    let message = format!("there is no device {number} with {what}");
    Refusal::new("no_device", message)
}

fn owned(shared: &Shared) -> Result<Arc<Board>, Refusal> {
    let board = shared.board.upgrade();
    board.ok_or_else(|| Refusal::new("stopped", "the board is gone"))
}

/// Waits in slices, between which board and server can end.
fn wait<T>(
    shared: &Shared,
    stopped: &PipeReader,
    time: Duration,
    look: impl Fn(&Board, Instant) -> Option<T>,
) -> Result<Option<T>, Refusal> {
    let deadline = Instant::now() + time;
    loop {
        let board = owned(shared)?;
        let now = Instant::now();
        if let Some(found) = look(&board, deadline.min(now + SLICE)) {
            return Ok(Some(found));
        }
        if let Some(reason) = board.failure() {
            return Err(Refusal::new("stopped", reason));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        let mut fds = [PollFd::new(stopped, PollFlags::IN)];
        if poll(&mut fds, Some(&Timespec::default())).is_ok_and(|count| count > 0) {
            return Err(Refusal::new("stopped", "the controls are closed"));
        }
    }
}
