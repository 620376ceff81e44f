//! A folder that answers a board's questions.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use belay_device::HostCall;
use belay_pylit::Value;
use cap_std::ambient_authority;
use cap_std::fs::Dir;

use crate::board::Question;
use crate::errno;
use crate::held::{Entry, Held, Listing, list, look, open};
use crate::imports;
use crate::open::{Mode, OpenFiles};
use crate::pack::{Packed, unpack};
use crate::path::{join, local, split};

/// How many bytes come along with an answer at most, whatever memory the board has.
const ALONG: u64 = 96 * 1024;
/// How many bytes of an open file come with an answer at most.
const AHEAD: u64 = 16 * 1024;
/// How many names a listing has that comes in parts.
const PART: usize = 50;
/// How many names a listing has at most that comes whole.
const LONGEST: u64 = 1000;
/// What a name of a listing takes of the board's memory, in bytes.
const NAME: u64 = 512;

/// What a board may do at most.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Whether it may only read.
    pub read_only: bool,
    /// How many files it may have open that it does not hold whole.
    pub open_files: usize,
    /// The longest file that it may write, in bytes.
    pub file_size: u64,
    /// By how much it may make all files together longer, in bytes, until the folder is mounted anew.
    pub growth: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            read_only: false,
            open_files: 64,
            file_size: 256 << 20,
            growth: 1 << 30,
        }
    }
}

/// A folder of this computer, as a board sees it.
///
/// It answers questions and knows no board. Nothing outside of the folder can be reached through it: paths
/// are resolved by `cap-std`, which follows no link out of the folder. What is neither a file nor a folder is
/// not shown and not opened.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    root: Dir,
    limits: Limits,
    /// Whether the board can inflate.
    inflates: bool,
    held: Held,
    open: OpenFiles,
    /// By how much files may still grow.
    room: u64,
}

/// What is said to the board.
#[derive(Debug, Default)]
struct Answer {
    error: u32,
    value: Option<Value>,
    folders: BTreeMap<String, Option<Listing>>,
    files: Vec<(String, Packed)>,
    /// How many names the listings have.
    names: u64,
    /// How many more bytes may come along.
    budget: u64,
}

impl Folder {
    /// Opens a folder.
    ///
    /// # Errors
    /// That of the system if there is none at `path`.
    pub fn open(path: impl Into<PathBuf>, limits: Limits) -> io::Result<Self> {
        let path = path.into();
        // What a relative path means must not change with the working folder.
        let path = std::path::absolute(&path)?;
        let root = Dir::open_ambient_dir(&path, ambient_authority())?;
        Ok(Self {
            path,
            root,
            limits,
            inflates: false,
            held: Held::default(),
            open: OpenFiles::default(),
            room: limits.growth,
        })
    }

    /// Where the folder is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The board begins anew: it holds nothing and has no file open.
    pub(crate) fn begin(&mut self, inflates: bool) {
        self.inflates = inflates;
        self.held.clear();
        self.open.clear();
        self.room = self.limits.growth;
    }

    /// Answers a call of the board: the lines of [`HostReply::Lines`](belay_device::HostReply::Lines).
    pub(crate) fn answer(&mut self, call: HostCall) -> Vec<String> {
        let mut gone = Some(Vec::new());
        let mut answer = Answer::default();
        match self.reply(call, &mut gone, &mut answer) {
            Ok(value) => answer.value = Some(value),
            Err(error) => answer.error = error,
        }
        answer.lines(self.held.number, gone)
    }

    /// Does what is asked. `gone` is what is no longer true of what the board holds: `None` for all of it.
    fn reply(
        &mut self,
        call: HostCall,
        gone: &mut Option<Vec<String>>,
        answer: &mut Answer,
    ) -> Result<Value, u32> {
        let mut question = Question::of(call).ok_or(errno::INVALID)?;
        let followed = self.follow_root();
        if question.held != self.held.number || followed.is_err() {
            self.held.clear();
            *gone = None;
        }
        followed?;
        answer.budget = ALONG.min(question.free / 6);
        let changed = self.change(&mut question);
        // What the board itself has changed is no longer held, too.
        let reviewed = self.held.review(&self.root);
        if let Some(gone) = gone {
            gone.extend(reviewed);
        }
        changed.unwrap_or_else(|| self.tell(&mut question, answer))
    }

    /// Makes sure that the folder is the one at its path: it may have been replaced, or be gone.
    fn follow_root(&mut self) -> Result<(), u32> {
        #[cfg(unix)]
        {
            use cap_std::fs::MetadataExt as _;
            use std::os::unix::fs::MetadataExt as _;

            let now = std::fs::metadata(&self.path).map_err(|_| errno::NO_DEVICE)?;
            let own = self.root.dir_metadata().map_err(|_| errno::NO_DEVICE)?;
            if (now.dev(), now.ino()) != (own.dev(), own.ino()) {
                self.root = Dir::open_ambient_dir(&self.path, ambient_authority())
                    .map_err(|_| errno::NO_DEVICE)?;
                self.open.clear();
            }
        }
        Ok(())
    }

    /// Does what changes the folder; `None` if the question is not about that.
    fn change(&mut self, question: &mut Question) -> Option<Result<Value, u32>> {
        let result = match question.kind.as_str() {
            "w" | "c" => {
                let result = self.write(question);
                return Some(result.map(|()| Value::None));
            }
            "m" | "d" | "D" | "R" if self.limits.read_only => Err(errno::READ_ONLY),
            "m" => self.at(question, |root, path| root.create_dir(path)),
            "d" => self.at(question, |root, path| root.remove_file(path)),
            "D" => self.at(question, |root, path| root.remove_dir(path)),
            "R" => self.rename(question),
            _ => return None,
        };
        Some(result.map(|()| Value::None))
    }

    /// Does something with the path that comes next, which is not that of the root.
    fn at(
        &self,
        question: &mut Question,
        work: impl FnOnce(&Dir, &Path) -> io::Result<()>,
    ) -> Result<(), u32> {
        let path = question.text().ok_or(errno::INVALID)?;
        if path.is_empty() {
            return Err(errno::INVALID);
        }
        work(&self.root, &local(&path)?).map_err(|error| errno::of(&error))
    }

    fn rename(&self, question: &mut Question) -> Result<(), u32> {
        let from = question.text().ok_or(errno::INVALID)?;
        let to = question.text().ok_or(errno::INVALID)?;
        if from.is_empty() || to.is_empty() {
            return Err(errno::INVALID);
        }
        let renamed = self.root.rename(local(&from)?, &self.root, local(&to)?);
        renamed.map_err(|error| errno::of(&error))
    }

    fn write(&mut self, question: &mut Question) -> Result<(), u32> {
        let closes = question.kind == "c";
        let number = question.number().ok_or(errno::INVALID)?;
        let at = question.number().ok_or(errno::INVALID)?;
        let data = question.text().as_deref().and_then(unpack);
        let written = match data {
            None => Err(errno::INVALID),
            Some(data) => self.open.write(number, at, &data, self.room, &self.limits),
        };
        if closes {
            self.open.close(number);
        }
        self.room -= written?;
        Ok(())
    }

    /// Answers a question that changes nothing, but for one that opens a file to write.
    fn tell(&mut self, question: &mut Question, answer: &mut Answer) -> Result<Value, u32> {
        match question.kind.as_str() {
            "=" => Ok(Value::None),
            "f" => Ok(int(self.room)),
            "s" => {
                let path = question.text().ok_or(errno::INVALID)?;
                let (folder, name) = split(&path);
                self.give_folder(folder, question.free, answer);
                if name == "__init__.py" {
                    self.give_imports(&path, question.free, answer);
                }
                Ok(look(&self.root, &path).map_or(Value::None, |entry| described(&entry)))
            }
            "l" => {
                let path = question.text().ok_or(errno::INVALID)?;
                let start = question.number().ok_or(errno::INVALID)?;
                if start == 0 && self.give_folder(&path, question.free, answer) {
                    return Ok(Value::None);
                }
                let start = usize::try_from(start).unwrap_or(usize::MAX);
                let listing = list(&self.root, &path)?;
                let part = listing.iter().skip(start).take(PART);
                Ok(Value::Dict(part.map(named).collect()))
            }
            "o" => {
                let path = question.text().ok_or(errno::INVALID)?;
                let mode = question.text().ok_or(errno::INVALID)?;
                self.open_file(&path, &mode, question.free, answer)
            }
            "r" => {
                let number = question.number().ok_or(errno::INVALID)?;
                let at = question.number().ok_or(errno::INVALID)?;
                let count = (question.free / 10).clamp(512, AHEAD);
                let data = self.open.read(number, at, count)?;
                let packed = Packed::new(&data, self.inflates);
                answer.files.push((String::new(), packed));
                Ok(Value::None)
            }
            _ => Err(errno::INVALID),
        }
    }

    /// Opens a file, or gives the whole of it if it is to be read and the board has room. An empty mode is that
    /// of a board whose memory has not sufficed for this.
    fn open_file(
        &mut self,
        path: &str,
        mode: &str,
        free: u64,
        answer: &mut Answer,
    ) -> Result<Value, u32> {
        let parsed = Mode::parse(mode).ok_or(errno::INVALID)?;
        if parsed.writes() && self.limits.read_only {
            return Err(errno::READ_ONLY);
        }
        if !parsed.writes() && mode == "r" {
            // What the board has opened before, it holds no longer.
            self.held.forget_file(path);
            self.give_imports(path, free, answer);
            if answer.files.iter().any(|(given, _)| given == path) {
                return Ok(Value::None);
            }
        }
        let (number, size) = self.open.open(&self.root, path, parsed, &self.limits)?;
        Ok(Value::Tuple(vec![int(number), int(size)]))
    }

    /// Lets a listing come along, and says whether the board has it then. One that is too long does not.
    fn give_folder(&mut self, path: &str, free: u64, answer: &mut Answer) -> bool {
        if self.held.folder(path).is_some() {
            return true;
        }
        let listing = match list(&self.root, path) {
            Ok(listing) => Some(listing),
            Err(errno::NOT_FOUND | errno::NOT_A_FOLDER) => None,
            Err(_) => return false,
        };
        let count = listing.as_ref().map_or(0, BTreeMap::len) as u64;
        if answer.names + count > LONGEST.min(free / NAME) || self.held.is_full() {
            return false;
        }
        answer.names += count;
        self.held.hold_folder(path, listing.clone());
        answer.folders.insert(path.to_owned(), listing);
        true
    }

    /// Lets a file come along with all that it imports.
    fn give_imports(&mut self, path: &str, free: u64, answer: &mut Answer) {
        let mut waiting = VecDeque::from([path.to_owned()]);
        while let Some(path) = waiting.pop_front() {
            let Some(content) = self.give_file(&path, free, answer) else {
                continue;
            };
            let Some(text) = path
                .strip_suffix(".py")
                .and_then(|_| std::str::from_utf8(&content).ok())
            else {
                continue;
            };
            for name in imports::of(text, split(&path).0) {
                waiting.extend(self.module(&name, free, answer));
            }
        }
    }

    /// The file of a module, if it is one of this folder. What the board looks for to find it comes along.
    fn module(&mut self, name: &str, free: u64, answer: &mut Answer) -> Option<String> {
        let (folder, last) = split(name);
        let is = |folder: &mut Self, path: &str, name: &str| match folder.held.folder(path) {
            Some(listing) => listing
                .as_ref()
                .and_then(|listing| listing.get(name))
                .cloned(),
            None => look(&folder.root, &join(path, name)).ok(),
        };
        let (parent, itself) = split(folder);
        if !folder.is_empty() && !is(self, parent, itself).is_some_and(|entry| entry.is_folder()) {
            return None;
        }
        self.give_folder(folder, free, answer);
        if is(self, folder, last).is_some_and(|entry| entry.is_folder()) {
            self.give_folder(name, free, answer);
            return ["__init__.py", "__init__.mpy"]
                .into_iter()
                .find(|file| is(self, name, file).is_some())
                .map(|file| join(name, file));
        }
        [".py", ".mpy"]
            .into_iter()
            .map(|suffix| format!("{last}{suffix}"))
            .find(|file| is(self, folder, file).is_some_and(|entry| !entry.is_folder()))
            .map(|file| join(folder, &file))
    }

    /// Lets a file come along, and gives its content; nothing if the board has it or has no room for it.
    fn give_file(&mut self, path: &str, free: u64, answer: &mut Answer) -> Option<Vec<u8>> {
        if self.held.has_file(path) || self.held.is_full() {
            return None;
        }
        let (entry, file) = open(&self.root, path).ok()?;
        let limit = (free / 4).min(1 << 20);
        if entry.size? > limit {
            return None;
        }
        let mut content = Vec::new();
        file.take(limit + 1).read_to_end(&mut content).ok()?;
        let packed = Packed::new(&content, self.inflates);
        if content.len() as u64 > limit || packed.len() as u64 > answer.budget {
            return None;
        }
        answer.budget -= packed.len() as u64;
        self.held.hold_file(path, entry, &content);
        answer.files.push((path.to_owned(), packed));
        Some(content)
    }
}

impl Answer {
    /// A line that says all but the content of files, and a line for each of these.
    fn lines(self, number: i64, gone: Option<Vec<String>>) -> Vec<String> {
        let text = |text: &String| Value::Str(text.clone());
        let folders = self.folders.iter().map(|(path, listing)| {
            let listing = listing.as_ref();
            let names = listing.map(|listing| Value::Dict(listing.iter().map(named).collect()));
            (text(path), names.unwrap_or(Value::None))
        });
        let files = self.files.iter().map(|(path, packed)| {
            let bits = Value::Int(packed.bits.into());
            Value::Tuple(vec![text(path), bits, Value::Int(packed.sum().into())])
        });
        let parts = vec![
            Value::Int(number),
            Value::Int(self.error.into()),
            self.value.unwrap_or(Value::None),
            gone.map_or(Value::None, |gone| {
                Value::List(gone.iter().map(text).collect())
            }),
            Value::Dict(folders.collect()),
            Value::List(files.collect()),
        ];
        let mut lines = vec![Value::Tuple(parts).to_string()];
        lines.extend(self.files.iter().map(|(_, packed)| packed.line()));
        lines
    }
}

fn named((name, entry): (&String, &Entry)) -> (Value, Value) {
    (Value::Str(name.clone()), described(entry))
}

/// The size, or -1 for a folder, and the time.
fn described(entry: &Entry) -> Value {
    let size = entry.size.map_or(Value::Int(-1), int);
    Value::Tuple(vec![size, Value::Int(entry.seconds())])
}

fn int(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

#[cfg(all(test, unix))]
mod tests;
