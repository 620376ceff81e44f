//! What a user sets for all projects.

use toml_edit::Document;

use super::mistake;
use super::reader::Reader;
use crate::config::ConfigError;

/// The settings of a user, from a file of their own: `belay/config.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UserConfig {
    /// The devices that have names, from the table `devices`, as [`Config`](super::Config) has them.
    pub devices: Vec<(String, String)>,
}

impl UserConfig {
    /// Reads the text of the file. Tables that are not known here are passed over. Fails with all
    /// mistakes there are, in their order.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let document = Document::parse(text).map_err(|error| ConfigError {
            mistakes: vec![mistake::malformed(text, &error)],
        })?;
        let mut reader = Reader::new(text);
        let devices = reader.root(&document).table(&mut reader, "devices");
        let devices = devices.map(|devices| devices.devices(&mut reader));
        reader.finish()?;
        Ok(Self {
            devices: devices.unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_have_names() {
        let text =
            "[devices]\nbench = 'tcp://10.0.0.7:4000'\nusb = { vid = 11914 }\n[other]\nx = 1";
        let devices = UserConfig::parse(text).expect("valid").devices;
        let device = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let expected = [
            device("bench", "tcp://10.0.0.7:4000"),
            device("usb", "{\"vid\":11914}"),
        ];
        assert_eq!(devices, expected);
        assert_eq!(UserConfig::parse(""), Ok(UserConfig::default()));
    }

    #[test]
    fn mistakes_have_their_places() {
        let place = |text: &str| {
            let error = UserConfig::parse(text).expect_err(text);
            error.mistakes[0].location.to_string()
        };
        assert_eq!(place("devices = 1"), "1:11");
        assert_eq!(place("[devices]\na = 'x'\nb = [1]"), "3:5");
        assert_eq!(place("[devices"), "1:9");
    }
}
