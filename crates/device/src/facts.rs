//! What runs on a board.

use belay_pylit::Value;
use belay_sync::Mpy;

/// The firmware's own word on what it is. Every fact may be missing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Implementation {
    /// `micropython`, `circuitpython`, or what else calls itself a Python.
    pub name: String,
    /// Major, minor and patch number.
    pub version: (u32, u32, u32),
    /// The port, such as `rp2`, `esp32` or `linux`.
    pub platform: String,
    /// The board and its chip, such as `Raspberry Pi Pico W with RP2040`; empty before 1.19.
    pub machine: String,
    /// `sys.version`; empty where there is none.
    pub build: String,
    /// What compiled code the firmware loads; `None` if it loads no `.mpy` files.
    pub mpy: Option<Mpy>,
    /// The code emitters that the firmware has: `native`, `viper`.
    pub emitters: Vec<String>,
    /// Free memory after a collection, in bytes.
    pub free_memory: Option<u64>,
}

impl Implementation {
    /// Whether it is CircuitPython, whose file system is a drive of the computer as well.
    pub fn is_circuitpython(&self) -> bool {
        self.name == "circuitpython"
    }

    /// Reads what `board/facts.py` reports. What has another form than expected counts as missing.
    pub(crate) fn from_report(report: &Value) -> Self {
        let Value::Tuple(facts) = report else {
            return Self::default();
        };
        let text = |index| match facts.get(index) {
            Some(Value::Str(text)) => text.clone(),
            _ => String::new(),
        };
        let number = |index| match facts.get(index) {
            Some(&Value::Int(number)) => u64::try_from(number).ok(),
            _ => None,
        };
        Self {
            name: text(0),
            version: facts.get(1).map_or((0, 0, 0), version),
            platform: text(2),
            machine: text(3),
            mpy: number(4).filter(|&bits| bits != 0).map(Mpy::from_bits),
            emitters: facts.get(5).map_or_else(Vec::new, strings),
            free_memory: number(6),
            build: text(7),
        }
    }
}

fn version(value: &Value) -> (u32, u32, u32) {
    let Value::Tuple(parts) = value else {
        return (0, 0, 0);
    };
    let part = |index| match parts.get(index) {
        Some(&Value::Int(number)) => u32::try_from(number).unwrap_or(0),
        _ => 0,
    };
    (part(0), part(1), part(2))
}

fn strings(value: &Value) -> Vec<String> {
    let Value::List(items) = value else {
        return Vec::new();
    };
    let text = |item: &Value| match item {
        Value::Str(text) => Some(text.clone()),
        _ => None,
    };
    items.iter().filter_map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strange_report_is_no_error() {
        for report in [
            "None",
            "()",
            "(1, 2, 3, 4, 'x', 6, -7)",
            "('p', ('a', 1), None)",
        ] {
            let value = belay_pylit::parse(report).unwrap();
            let _: Implementation = Implementation::from_report(&value);
        }
        let value = belay_pylit::parse("('circuitpython', (9, 2), 'RP2040')").unwrap();
        let implementation = Implementation::from_report(&value);
        assert_eq!(implementation.version, (9, 2, 0));
        assert_eq!(implementation.mpy, None);
    }
}
