//! The telnet protocol (RFC 854, 856, 857, 858, 1143) without input and output.

use super::com_port::{COM_PORT, ComPort};

/// "Interpret as command": the byte that starts every command and escapes itself.
pub(super) const IAC: u8 = 255;

const DONT: u8 = 254;
const DO: u8 = 253;
const WONT: u8 = 252;
const WILL: u8 = 251;
/// Starts the parameters of an option, which end with `IAC SE`.
pub(super) const SB: u8 = 250;
pub(super) const SE: u8 = 240;

const BINARY: u8 = 0;
const ECHO: u8 = 1;
const SUPPRESS_GO_AHEAD: u8 = 3;

/// How many bytes of an option's parameters are kept; those that mean something here are shorter.
const PARAMETERS: usize = 64;

/// One end of a telnet connection.
#[derive(Debug, Default)]
pub(super) struct Codec {
    state: State,
    is_telnet: bool,
    /// What this end does.
    here: Options,
    /// What the other end does.
    there: Options,
    /// The option whose parameters are coming, and they.
    parameters: Vec<u8>,
    /// What the other end has said about its serial port, if that was asked for.
    com_port: Option<ComPort>,
}

#[derive(Debug, Default, Clone, Copy)]
enum State {
    #[default]
    Data,
    /// After a carriage return outside binary transmission.
    CarriageReturn,
    Command,
    /// After `WILL`, `WONT`, `DO` or `DONT`.
    Negotiation(u8),
    Parameters,
    ParametersCommand,
}

/// The options that one end has switched on, and those that were asked for and not answered yet.
#[derive(Debug, Default)]
struct Options {
    on: Vec<u8>,
    asked: Vec<u8>,
}

impl Codec {
    /// Whether the other end has sent a command.
    pub(super) fn is_telnet(&self) -> bool {
        self.is_telnet
    }

    /// Asks for the settings of the other end's serial port.
    pub(super) fn ask_for_com_port(&mut self, replies: &mut Vec<u8>) {
        self.greet(replies);
        self.com_port = Some(ComPort::default());
        self.here.asked.push(COM_PORT);
        replies.extend([IAC, WILL, COM_PORT]);
    }

    /// Whether the other end has a serial port with settings; nothing as long as it has not answered.
    pub(super) fn has_com_port(&self) -> Option<bool> {
        let answered = !self.here.asked.contains(&COM_PORT);
        answered.then(|| self.here.on.contains(&COM_PORT))
    }

    /// The state of the serial port.
    pub(super) fn com_port(&mut self) -> &mut ComPort {
        self.com_port.get_or_insert_default()
    }

    /// Takes what has arrived: appends the data in it to `data` and the answers to `replies`.
    pub(super) fn decode(&mut self, raw: &[u8], data: &mut Vec<u8>, replies: &mut Vec<u8>) {
        for &byte in raw {
            self.state = match (self.state, byte) {
                (State::Data | State::CarriageReturn, IAC) => State::Command,
                // A carriage return alone travels with a zero.
                (State::CarriageReturn, 0) => State::Data,
                (State::Data | State::CarriageReturn, _) => {
                    data.push(byte);
                    let is_text = self.is_telnet && !self.there.on.contains(&BINARY);
                    if is_text && byte == b'\r' {
                        State::CarriageReturn
                    } else {
                        State::Data
                    }
                }
                (State::Command, IAC) => {
                    data.push(IAC);
                    State::Data
                }
                (State::Command, command) => {
                    self.greet(replies);
                    match command {
                        WILL | WONT | DO | DONT => State::Negotiation(command),
                        SB => {
                            self.parameters.clear();
                            State::Parameters
                        }
                        // Go-ahead, no operation, data mark and the like.
                        _ => State::Data,
                    }
                }
                (State::Negotiation(verb), option) => {
                    self.negotiate(verb, option, replies);
                    State::Data
                }
                (State::Parameters, IAC) => State::ParametersCommand,
                (State::ParametersCommand, SE) => {
                    if let (Some(port), [COM_PORT, said @ ..]) =
                        (&mut self.com_port, &*self.parameters)
                    {
                        port.hear(said);
                    }
                    State::Data
                }
                (State::Parameters | State::ParametersCommand, _) => {
                    if self.parameters.len() < PARAMETERS {
                        self.parameters.push(byte);
                    }
                    State::Parameters
                }
            };
        }
    }

    /// Asks for all eight bits both ways, once the other end is known to understand.
    fn greet(&mut self, replies: &mut Vec<u8>) {
        if self.is_telnet {
            return;
        }
        self.is_telnet = true;
        self.there.asked.push(BINARY);
        self.here.asked.push(BINARY);
        replies.extend([IAC, DO, BINARY, IAC, WILL, BINARY]);
    }

    fn negotiate(&mut self, verb: u8, option: u8, replies: &mut Vec<u8>) {
        let has_settings = self.com_port.is_some();
        let (side, accepted, on, yes, no) = match verb {
            WILL | WONT => (
                &mut self.there,
                matches!(option, BINARY | ECHO | SUPPRESS_GO_AHEAD),
                verb == WILL,
                DO,
                DONT,
            ),
            _ => (
                &mut self.here,
                matches!(option, BINARY | SUPPRESS_GO_AHEAD)
                    || (has_settings && option == COM_PORT),
                verb == DO,
                WILL,
                WONT,
            ),
        };
        if let Some(answer) = side.change(option, on, accepted) {
            replies.extend([IAC, if answer { yes } else { no }, option]);
        }
    }
}

impl Options {
    /// Takes the other end's word on an option, and returns the answer that it needs: only a change
    /// has one, or two ends would answer each other for ever (RFC 1143).
    fn change(&mut self, option: u8, on: bool, accepted: bool) -> Option<bool> {
        let was_asked = self.asked.contains(&option);
        let was_on = self.on.contains(&option);
        self.asked.retain(|&asked| asked != option);
        match (on, accepted) {
            (true, false) => Some(false),
            (true, true) if was_on => None,
            (true, true) => {
                self.on.push(option);
                (!was_asked).then_some(true)
            }
            (false, _) => {
                self.on.retain(|&other| other != option);
                was_on.then_some(false)
            }
        }
    }
}

/// Appends `bytes` to `escaped` with each `IAC` doubled.
///
/// A carriage return goes as it is: telnet servers on boards pass the zero that RFC 854 wants after
/// it on to the REPL.
pub(super) fn escape(bytes: &[u8], escaped: &mut Vec<u8>) {
    for &byte in bytes {
        escaped.push(byte);
        if byte == IAC {
            escaped.push(IAC);
        }
    }
}

/// How many of `bytes` are in the first `length` bytes of their escaped form, and whether the last
/// of them is an `IAC` without its double.
pub(super) fn unescaped_length(bytes: &[u8], length: usize) -> (usize, bool) {
    let mut escaped = 0;
    for (index, &byte) in bytes.iter().enumerate() {
        if escaped >= length {
            return (index, escaped > length);
        }
        escaped += if byte == IAC { 2 } else { 1 };
    }
    (bytes.len(), escaped > length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The data and the replies, which must be the same for any cut of `raw` in two.
    fn decode(raw: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let decode_parts = |parts: [&[u8]; 2]| {
            let (mut data, mut replies) = (Vec::new(), Vec::new());
            let mut codec = Codec::default();
            for part in parts {
                codec.decode(part, &mut data, &mut replies);
            }
            (data, replies)
        };
        let whole = decode_parts([raw, b""]);
        for cut in 0..raw.len() {
            let (left, right) = raw.split_at(cut);
            assert_eq!(decode_parts([left, right]), whole, "cut at {cut}");
        }
        whole
    }

    const GREETING: [u8; 6] = [IAC, DO, BINARY, IAC, WILL, BINARY];

    #[test]
    fn plain_bytes_pass_and_nothing_is_answered() {
        let raw: Vec<u8> = (0..IAC).collect();
        assert_eq!(decode(&raw), (raw.clone(), Vec::new()));
        assert_eq!(decode(b"\r\0\r\n").0, b"\r\0\r\n");
    }

    #[test]
    fn a_doubled_iac_is_one_byte_of_data() {
        assert_eq!(decode(&[1, IAC, IAC, 2]), (vec![1, IAC, 2], Vec::new()));
    }

    #[test]
    fn binary_echo_and_no_go_aheads_are_accepted_and_all_else_refused() {
        const LINEMODE: u8 = 34;
        const NAWS: u8 = 31;
        for (command, answer) in [
            ([IAC, WILL, ECHO], &[IAC, DO, ECHO][..]),
            (
                [IAC, WILL, SUPPRESS_GO_AHEAD],
                &[IAC, DO, SUPPRESS_GO_AHEAD],
            ),
            (
                [IAC, DO, SUPPRESS_GO_AHEAD],
                &[IAC, WILL, SUPPRESS_GO_AHEAD],
            ),
            ([IAC, WILL, LINEMODE], &[IAC, DONT, LINEMODE]),
            ([IAC, DO, NAWS], &[IAC, WONT, NAWS]),
            ([IAC, DO, ECHO], &[IAC, WONT, ECHO]),
            // The answers to what was asked for in the greeting.
            ([IAC, WILL, BINARY], &[]),
            ([IAC, DO, BINARY], &[]),
            // Refusals of what is off already.
            ([IAC, WONT, ECHO], &[]),
            ([IAC, DONT, SUPPRESS_GO_AHEAD], &[]),
            ([IAC, WONT, BINARY], &[]),
        ] {
            let (data, replies) = decode(&command);
            assert_eq!(data, b"", "{command:?}");
            assert_eq!(replies, [&GREETING, answer].concat(), "{command:?}");
        }
    }

    #[test]
    fn only_a_change_is_answered() {
        let on = [IAC, WILL, ECHO];
        let off = [IAC, WONT, ECHO];
        let (_, replies) = decode(&[on, on, off, off, on].concat());
        let changes = [[IAC, DO, ECHO], [IAC, DONT, ECHO], [IAC, DO, ECHO]];
        assert_eq!(replies, [&GREETING[..], &changes.concat()].concat());
    }

    #[test]
    fn commands_and_parameters_are_left_out_of_the_data() {
        const NOP: u8 = 241;
        let raw = [
            &b"a"[..],
            &[IAC, NOP],
            b"b",
            &[IAC, SB, 24, 1, IAC, IAC, IAC, SE],
            b"c",
        ]
        .concat();
        assert_eq!(decode(&raw).0, b"abc");
    }

    #[test]
    fn a_zero_after_a_carriage_return_is_dropped_until_transmission_is_binary() {
        const NOP: u8 = 241;
        let raw = [
            &[IAC, NOP][..],
            b"1\r\0",
            b"2\r\n",
            b"3\r",
            &[IAC, WILL, BINARY],
            b"4\r\0",
        ]
        .concat();
        assert_eq!(decode(&raw).0, b"1\r2\r\n3\r4\r\0");
    }

    #[test]
    fn a_partial_write_is_counted_in_unescaped_bytes() {
        let bytes = [1, IAC, IAC, 2];
        let mut escaped = Vec::new();
        escape(&bytes, &mut escaped);
        assert_eq!(escaped, [1, IAC, IAC, IAC, IAC, 2]);
        let lengths: Vec<_> = (0..=escaped.len())
            .map(|length| unescaped_length(&bytes, length))
            .collect();
        assert_eq!(
            lengths,
            [
                (0, false),
                (1, false),
                (2, true),
                (2, false),
                (3, true),
                (3, false),
                (4, false)
            ]
        );
    }
}
