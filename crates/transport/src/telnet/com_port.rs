//! The settings of a serial port behind a telnet server (RFC 2217), without input and output.

use super::codec::{IAC, SB, SE, escape};

/// The telnet option, COM-PORT-OPTION.
pub(super) const COM_PORT: u8 = 44;

const SET_BAUDRATE: u8 = 1;
const SET_DATASIZE: u8 = 2;
const SET_PARITY: u8 = 3;
const SET_STOPSIZE: u8 = 4;
const SET_CONTROL: u8 = 5;
const FLOWCONTROL_SUSPEND: u8 = 8;
const FLOWCONTROL_RESUME: u8 = 9;
/// What the server's words have more than the client's.
const FROM_SERVER: u8 = 100;

/// What the server has said about its port.
#[derive(Debug, Default)]
pub(super) struct ComPort {
    /// The speed that the port has, in bits per second, if it has been told since it was asked.
    pub(super) baud_rate: Option<u32>,
    /// Whether nothing may be sent at present.
    pub(super) is_suspended: bool,
}

/// What a port can be told.
#[derive(Debug, Clone, Copy)]
pub(super) enum Setting {
    /// Bits per second.
    BaudRate(u32),
    /// Eight data bits, no parity, one stop bit and no flow control.
    Frame,
    DataTerminalReady(bool),
    RequestToSend(bool),
}

impl ComPort {
    /// Takes the parameters of what the server says about the port. What nobody asks for, the states of its lines,
    /// is passed over.
    pub(super) fn hear(&mut self, said: &[u8]) {
        let Some((&command, value)) = said.split_first() else {
            return;
        };
        match command.checked_sub(FROM_SERVER) {
            Some(SET_BAUDRATE) => {
                let value = value.first_chunk().copied();
                self.baud_rate = value.map(u32::from_be_bytes);
            }
            Some(FLOWCONTROL_SUSPEND) => self.is_suspended = true,
            Some(FLOWCONTROL_RESUME) => self.is_suspended = false,
            _ => {}
        }
    }
}

impl Setting {
    /// Appends what tells the server.
    pub(super) fn tell(self, out: &mut Vec<u8>) {
        let mut command = |command, value: &[u8]| {
            out.extend([IAC, SB, COM_PORT, command]);
            escape(value, out);
            out.extend([IAC, SE]);
        };
        match self {
            Self::BaudRate(rate) => command(SET_BAUDRATE, &rate.to_be_bytes()),
            Self::Frame => {
                command(SET_DATASIZE, &[8]);
                command(SET_PARITY, &[1]);
                command(SET_STOPSIZE, &[1]);
                command(SET_CONTROL, &[1]);
            }
            Self::DataTerminalReady(on) => command(SET_CONTROL, &[if on { 8 } else { 9 }]),
            Self::RequestToSend(on) => command(SET_CONTROL, &[if on { 11 } else { 12 }]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_told_as_the_rfc_writes_them() {
        for (setting, expected) in [
            (
                Setting::BaudRate(115_200),
                &[IAC, SB, 44, 1, 0, 1, 0xC2, 0, IAC, SE][..],
            ),
            // A byte of the speed that looks like a command.
            (
                Setting::BaudRate(0x00FF_0000),
                &[IAC, SB, 44, 1, 0, IAC, IAC, 0, 0, IAC, SE],
            ),
            (
                Setting::DataTerminalReady(false),
                &[IAC, SB, 44, 5, 9, IAC, SE],
            ),
            (Setting::RequestToSend(true), &[IAC, SB, 44, 5, 11, IAC, SE]),
        ] {
            let mut told = Vec::new();
            setting.tell(&mut told);
            assert_eq!(told, expected, "{setting:?}");
        }
    }

    #[test]
    fn what_the_server_says_is_taken_and_the_rest_passed_over() {
        let mut port = ComPort::default();
        for said in [&[][..], &[107, 0x30], &[101, 1], &[1, 0, 0, 0, 1], &[255]] {
            port.hear(said);
            assert_eq!(
                (port.baud_rate, port.is_suspended),
                (None, false),
                "{said:?}"
            );
        }
        port.hear(&[101, 0, 0, 0x25, 0x80]);
        assert_eq!(port.baud_rate, Some(9600));
        port.hear(&[108]);
        assert!(port.is_suspended);
        port.hear(&[109]);
        assert!(!port.is_suspended);
    }
}
