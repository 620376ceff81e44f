//! The table of devices, on a screen of its own.

use std::io::{self, Write as _};

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::style::{Attribute, Print, SetAttribute};
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode, size,
};
use crossterm::{execute, queue};

use crate::candidates::{Answer, Candidate};
use crate::text;

/// The screen, which is as it was before when this is dropped.
pub(super) struct Screen<'c> {
    candidates: &'c [Candidate],
    pub(super) answers: Vec<Option<Answer>>,
    /// The device that is marked.
    pub(super) row: usize,
    /// What is said on the last line.
    pub(super) message: String,
    /// What stands on the screen.
    shown: Vec<String>,
}

impl<'c> Screen<'c> {
    pub(super) fn open(candidates: &'c [Candidate]) -> io::Result<Self> {
        enable_raw_mode()?;
        let screen = Self {
            candidates,
            answers: vec![None; candidates.len()],
            row: 0,
            message: String::new(),
            shown: Vec::new(),
        };
        execute!(io::stderr(), EnterAlternateScreen, Hide)?;
        Ok(screen)
    }

    /// Shows what has changed.
    pub(super) fn draw(&mut self) -> io::Result<()> {
        // A terminal that does not know its size has that of old ones.
        let known = size().ok().filter(|size| size.0 > 0 && size.1 > 0);
        let (width, height) = known.unwrap_or((80, 24));
        let lines = self.lines(usize::from(height));
        let cut = |line: &str| line.chars().take(usize::from(width)).collect::<String>();
        let lines: Vec<_> = lines.iter().map(|line| cut(line)).collect();
        if lines == self.shown {
            return Ok(());
        }
        let mut out = io::stderr().lock();
        queue!(out, MoveTo(0, 0), Clear(ClearType::All))?;
        for (index, line) in lines.iter().enumerate() {
            let row = u16::try_from(index).unwrap_or(u16::MAX);
            queue!(out, MoveTo(0, row))?;
            if line.starts_with('>') {
                queue!(
                    out,
                    SetAttribute(Attribute::Reverse),
                    Print(line),
                    SetAttribute(Attribute::Reset)
                )?;
            } else {
                queue!(out, Print(line))?;
            }
        }
        out.flush()?;
        self.shown = lines;
        Ok(())
    }

    fn lines(&self, height: usize) -> Vec<String> {
        let heads = ["", "DEVICE", "NAMES", "STATE", "FIRMWARE"].map(str::to_owned);
        let rows = self.candidates.iter().zip(&self.answers).enumerate();
        let rows = rows.map(|(index, (candidate, answer))| {
            let mark = if index == self.row { ">" } else { "" };
            let state = answer.as_ref().map_or("…", |answer| answer.state);
            [
                mark.to_owned(),
                candidate.specifier.to_string(),
                candidate.names.join(", "),
                state.to_owned(),
                answer.as_ref().map(Answer::firmware).unwrap_or_default(),
            ]
        });
        let table = text::table(std::iter::once(heads).chain(rows).collect());
        let mut table = table.lines().map(str::to_owned);
        let mut lines: Vec<_> = table.next().into_iter().collect();
        let details = self.details();
        // What has no room is scrolled; the marked row is always there.
        let room = height.saturating_sub(details.len() + 4).max(1);
        let first = self.row.saturating_sub(room - 1);
        lines.extend(table.skip(first).take(room));
        lines.push(String::new());
        lines.extend(details);
        lines.push(String::new());
        lines.push(if self.message.is_empty() {
            "up and down choose, enter takes it, b blinks a pin of it, q leaves".to_owned()
        } else {
            text::escape(&self.message).replace(['\n', '\t'], " ")
        });
        lines
    }

    /// What is known of the marked device.
    fn details(&self) -> Vec<String> {
        let candidate = &self.candidates[self.row];
        let answer = self.answers[self.row].as_ref();
        let usb = candidate.port.as_ref().and_then(|port| port.usb.as_ref());
        let firmware = answer.and_then(|answer| answer.firmware.as_ref());
        let trouble = answer.and_then(|answer| answer.trouble.clone());
        let facts = [
            ("lasting name", Some(candidate.lasting.to_string())),
            (
                "usb",
                usb.map(|usb| format!("{:04x}:{:04x}", usb.vid, usb.pid)),
            ),
            (
                "serial number",
                usb.and_then(|usb| usb.serial_number.clone()),
            ),
            ("location", usb.and_then(|usb| usb.location.clone())),
            ("platform", firmware.map(|facts| facts.platform.clone())),
            ("build", firmware.map(|facts| facts.build.clone())),
            (
                "free memory",
                firmware
                    .and_then(|facts| facts.free_memory)
                    .map(|free| format!("{free} bytes")),
            ),
            ("trouble", trouble),
        ];
        let known = facts
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        known
            .map(|(name, value)| {
                let value = text::escape(&value).replace(['\n', '\t'], " ");
                format!("{name:<13}  {value}")
            })
            .collect()
    }
}

impl Drop for Screen<'_> {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing.
        let _ = execute!(io::stderr(), Show, LeaveAlternateScreen);
        let _ = disable_raw_mode();
    }
}
