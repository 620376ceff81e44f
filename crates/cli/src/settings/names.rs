//! Devices that have names: in `[tool.belay.devices]` of a project, and in a file of the user.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use belay_pkgmgr::{Project, UserConfig};
use belay_transport::{Specifier, SpecifierError};
use directories::ProjectDirs;

use crate::Error;
use crate::diagnostics::warning;

/// Devices by their names.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Names with what they stand for. The first counts where a name comes twice.
    devices: Vec<(String, String)>,
    /// What is said of a key that was probably meant to give names.
    misspelt: Option<String>,
}

impl Names {
    /// The names of a project, then those of the user.
    pub(crate) fn load(project: Option<&Project>) -> Result<Self, Error> {
        let mut names = Self::default();
        if let Some(project) = project {
            let config = project.config().map_err(Error::Project)?;
            names.devices.clone_from(&config.devices);
            let mut warnings = config.warnings.iter();
            let misspelt = warnings.find(|warning| {
                let fix = warning.fix.as_ref();
                fix.is_some_and(|fix| fix.text == "devices")
            });
            let file = project.pyproject();
            names.misspelt = misspelt.map(|mistake| warning(&file, mistake));
        }
        let Some(path) = user_file() else {
            return Ok(names);
        };
        match fs::read_to_string(&path) {
            Ok(text) => {
                let config = UserConfig::parse(&text);
                let config = config.map_err(|source| Error::Config { path, source })?;
                names.devices.extend(config.devices);
                Ok(names)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(names),
            Err(source) => Err(Error::Read { path, source }),
        }
    }

    /// The device with this name.
    pub(crate) fn specifier(&self, name: String) -> Result<Specifier, Error> {
        let Some(text) = self.get(&name) else {
            if let Some(specifier) = Specifier::shortcut(&name) {
                return Ok(specifier);
            }
            let mut known: Vec<_> = self.devices.iter().map(|(name, _)| name.clone()).collect();
            known.sort();
            known.dedup();
            return Err(Error::UnknownName {
                name,
                known,
                misspelt: self.misspelt.clone(),
            });
        };
        let text = text.to_owned();
        let source = match uri(&text).and_then(|(uri, _)| uri.parse()) {
            // One name for another would allow circles.
            Ok(Specifier::Name(_)) => SpecifierError::BadName { text: text.clone() },
            Ok(specifier) => return Ok(specifier),
            Err(source) => source,
        };
        Err(Error::NamedDevice { name, text, source })
    }

    /// The environment variable with the password of a device, where something with a name says which.
    pub(crate) fn password_variable(&self, specifier: &Specifier) -> Option<String> {
        self.devices.iter().find_map(|(_, text)| {
            let (uri, variable) = uri(text).ok()?;
            let same = uri
                .parse()
                .is_ok_and(|named: Specifier| named == *specifier);
            variable.filter(|_| same)
        })
    }

    /// All names, each with what it stands for.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.devices
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// Whether a name stands for a device.
    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some() || Specifier::shortcut(name).is_some()
    }

    /// What a name stands for.
    fn get(&self, name: &str) -> Option<&str> {
        let found = self.devices.iter().find(|(known, _)| known == name);
        found.map(|(_, text)| text.as_str())
    }
}

/// The file in which a user gives names to devices.
pub(crate) fn user_file() -> Option<PathBuf> {
    let folders = ProjectDirs::from("", "", "belay")?;
    Some(folders.config_dir().join("config.toml"))
}

/// What a table with an address is made of.
const TABLE: &[&str] = &["uri", "password_env"];

/// The device that `text` names, and the environment variable with its password. A table with `uri`, which
/// is JSON here, has both; whatever else is a device itself.
fn uri(text: &str) -> Result<(String, Option<String>), SpecifierError> {
    let table: Option<BTreeMap<String, String>> = serde_json::from_str(text).ok();
    let Some(mut table) = table.filter(|table| table.contains_key("uri")) else {
        return Ok((text.to_owned(), None));
    };
    let uri = table.remove("uri").unwrap_or_default();
    let variable = table.remove("password_env");
    match table.into_keys().next() {
        Some(key) => Err(SpecifierError::UnknownKey { key, known: TABLE }),
        None => Ok((uri, variable)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(devices: &[(&str, &str)]) -> Names {
        let own = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        Names {
            devices: devices.iter().map(own).collect(),
            misspelt: None,
        }
    }

    #[test]
    fn the_first_of_two_counts() {
        let names = names(&[("a", "sim:one"), ("b", "COM3"), ("a", "sim:two")]);
        let found = names.specifier("a".to_owned()).unwrap();
        assert_eq!(found, Specifier::Sim("one".to_owned()));
        let error = names.specifier("c".to_owned()).unwrap_err();
        let Error::UnknownName { known, .. } = error else {
            panic!("{error:?}");
        };
        assert_eq!(known, ["a", "b"]);
    }

    #[test]
    fn a_table_with_an_address_names_the_variable_of_its_password() {
        let table = r#"{"uri":"ws://kitchen.local:8266","password_env":"KITCHEN"}"#;
        let names = names(&[("kitchen", table), ("usb", r#"{"vid":11914}"#)]);
        let kitchen = names.specifier("kitchen".to_owned()).unwrap();
        assert_eq!(kitchen.to_string(), "ws://kitchen.local");
        assert_eq!(
            names.password_variable(&kitchen).as_deref(),
            Some("KITCHEN")
        );
        let usb = names.specifier("usb".to_owned()).unwrap();
        assert_eq!(names.password_variable(&usb), None);
        let wrong = r#"{"uri":"ws://kitchen.local","password":"secret"}"#;
        let error = super::uri(wrong).unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }

    #[test]
    fn short_names_are_those_of_mpremote_unless_they_are_given_away() {
        let own = names(&[("u1", "sim:")]);
        let found = |name: &str| own.specifier(name.to_owned()).unwrap().to_string();
        assert_eq!(
            ["a0", "u12", "c3", "u1"].map(found),
            ["/dev/ttyACM0", "/dev/ttyUSB12", "COM3", "sim:"]
        );
        assert!(!own.has("a") && !own.has("b0") && !own.has("a0x") && own.has("u0"));
    }

    #[test]
    fn a_name_stands_for_a_device_and_not_for_a_name() {
        let names = names(&[("a", "b"), ("b", "sim:"), ("c", "tcp://x")]);
        for name in ["a", "c"] {
            let error = names.specifier(name.to_owned()).unwrap_err();
            assert!(matches!(error, Error::NamedDevice { .. }), "{error:?}");
        }
    }
}
