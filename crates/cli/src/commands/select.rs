//! `belay select`.

mod blink;
mod screen;

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, poll, read};

use self::screen::Screen;
use crate::Error;
use crate::args::Select;
use crate::candidates::{Answer, Candidate, Probe, candidates};
use crate::context::Context;
use crate::settings::user_file;

/// How long keys are waited for before the answers of boards are looked at again.
const TICK: Duration = Duration::from_millis(50);

/// What a key asks for.
enum Wish {
    Choose,
    Blink,
    Leave,
}

/// Lets a person choose a board, and tells how to use it from now on.
pub(crate) fn select(_: &Select, context: &Context) -> Result<u8, Error> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(Error::NoScreen);
    }
    let candidates = candidates(context)?;
    if candidates.is_empty() {
        context.printer.note(
            "no device was found: plug a board in, with a cable that carries data, or take a \
             simulated one: belay sim",
        );
        return Ok(1);
    }
    let Some(chosen) = choose(&candidates, context)? else {
        return Ok(1);
    };
    let device = chosen.lasting.to_string();
    context.printer.line(&lines(&device).join("\n"))?;
    save(&device, chosen, context)?;
    Ok(0)
}

/// Shows the devices until one is chosen.
fn choose<'c>(
    candidates: &'c [Candidate],
    context: &Context,
) -> Result<Option<&'c Candidate>, Error> {
    let probe = Probe::start(candidates, context);
    let mut screen = Screen::open(candidates).map_err(Error::Terminal)?;
    loop {
        while let Some((index, answer)) = probe.next(Instant::now()) {
            screen.answers[index] = Some(answer);
        }
        if probe.is_over() {
            for answer in &mut screen.answers {
                answer.get_or_insert_with(Answer::silent);
            }
        }
        screen.draw().map_err(Error::Terminal)?;
        if !poll(TICK).map_err(Error::Terminal)? {
            continue;
        }
        let Event::Key(key) = read().map_err(Error::Terminal)? else {
            continue;
        };
        match screen_key(&mut screen, key) {
            Some(Wish::Choose) => return Ok(Some(&candidates[screen.row])),
            Some(Wish::Leave) => return Ok(None),
            Some(Wish::Blink) => {
                let Some(pin) =
                    ask_on_screen(&mut screen, "pin to blink (LED, 25, neopixel 16): ")?
                else {
                    continue;
                };
                screen.message = format!("blinking {pin} …");
                screen.draw().map_err(Error::Terminal)?;
                let blinked = blink::blink(&candidates[screen.row], &pin, context);
                screen.message = blinked
                    .err()
                    .unwrap_or_else(|| format!("{pin} has blinked"));
            }
            None => {}
        }
    }
}

/// Does what a key says about the table; what else it asks for.
fn screen_key(screen: &mut Screen<'_>, key: KeyEvent) -> Option<Wish> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    let last = screen.answers.len() - 1;
    match key.code {
        KeyCode::Up | KeyCode::Char('k') => screen.row = screen.row.saturating_sub(1),
        KeyCode::Down | KeyCode::Char('j') => screen.row = (screen.row + 1).min(last),
        KeyCode::Home => screen.row = 0,
        KeyCode::End => screen.row = last,
        KeyCode::Enter => return Some(Wish::Choose),
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => {
            return Some(Wish::Leave);
        }
        KeyCode::Char('q') | KeyCode::Esc => return Some(Wish::Leave),
        KeyCode::Char('b') => return Some(Wish::Blink),
        _ => {}
    }
    screen.message.clear();
    None
}

/// Asks for a text on the last line of the screen; nothing if that is left.
fn ask_on_screen(screen: &mut Screen<'_>, question: &str) -> Result<Option<String>, Error> {
    let mut text = String::new();
    loop {
        screen.message = format!("{question}{text}");
        screen.draw().map_err(Error::Terminal)?;
        let Event::Key(key) = read().map_err(Error::Terminal)? else {
            continue;
        };
        match key.code {
            _ if key.kind == KeyEventKind::Release => {}
            KeyCode::Enter if !text.is_empty() => return Ok(Some(text)),
            KeyCode::Enter | KeyCode::Esc => break,
            KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => break,
            KeyCode::Backspace => drop(text.pop()),
            KeyCode::Char(c) => text.push(c),
            _ => {}
        }
    }
    screen.message.clear();
    Ok(None)
}

/// How to use the device, in a shell and in programs.
fn lines(device: &str) -> [String; 3] {
    let quoted = format!("{device:?}");
    [
        format!("export BELAY_DEVICE='{}'", device.replace('\'', r"'\''")),
        format!("let device: belay_transport::Specifier = {quoted}.parse()?;"),
        format!("device = belay.Device({quoted})"),
    ]
}

/// Offers to give the device a name.
fn save(device: &str, chosen: &Candidate, context: &Context) -> Result<(), Error> {
    let printer = &context.printer;
    if let Some(name) = chosen.names.iter().find(|name| !name.starts_with("sim:")) {
        printer.note(&format!("it has a name: belay info {name}"));
        return Ok(());
    }
    let Some(name) = ask("name to save it under (enter: none): ")? else {
        return Ok(());
    };
    let project = context.workspace.project().ok();
    let for_user = match project {
        Some(_) => ask("for this project or the user? [P/u] ")?
            .is_some_and(|answer| answer.starts_with(['u', 'U'])),
        None => true,
    };
    let path = if let Some(project) = project.filter(|_| !for_user) {
        project.name_device(&name, device).map_err(Error::Project)?;
        project.pyproject()
    } else {
        let path = user_file().ok_or(Error::NoUserFolder)?;
        belay_pkgmgr::name_user_device(&path, &name, device).map_err(Error::Project)?;
        path
    };
    printer.note(&format!("{} has it now: belay info {name}", path.display()));
    Ok(())
}

/// A line that is typed; nothing if it is empty.
fn ask(question: &str) -> Result<Option<String>, Error> {
    let _ = write!(io::stderr(), "{question}");
    let mut line = String::new();
    io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(Error::Terminal)?;
    let line = line.trim();
    Ok((!line.is_empty()).then(|| line.to_owned()))
}
