//! Times `minify` over files, all of them in each round, and writes what becomes of them.
//!
//! Arguments: a file that lists the sources, one path on each line; a folder for the results, which
//! are called `0.py`, `1.py` and so on; how many rounds. Prints `{"bytes": …, "smaller": …,
//! "times": […]}`: the bytes of all sources and of all results, and nanoseconds for each round.

use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use belay_minify::{Options, minify};
use belay_tokenize::decode;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [list, folder, rounds] = &arguments[..] else {
        return Err("usage: rate LIST FOLDER ROUNDS".into());
    };
    let files: Vec<Vec<u8>> = std::fs::read_to_string(list)?
        .lines()
        .map(std::fs::read)
        .collect::<Result<_, _>>()?;
    let sources: Vec<&str> = files
        .iter()
        .map(|bytes| decode(bytes))
        .collect::<Result<_, _>>()?;

    let options = Options::default();
    let mut times = Vec::new();
    for _ in 0..rounds.parse()? {
        let start = Instant::now();
        for source in &sources {
            black_box(minify(black_box(source), &options)?);
        }
        times.push(u64::try_from(start.elapsed().as_nanos())?);
    }

    let mut smaller = 0;
    for (number, source) in sources.iter().enumerate() {
        let text = minify(source, &options)?;
        smaller += text.len();
        std::fs::write(Path::new(folder).join(format!("{number}.py")), text)?;
    }
    let bytes: usize = sources.iter().map(|source| source.len()).sum();
    let report = serde_json::json!({ "bytes": bytes, "smaller": smaller, "times": times });
    let mut stdout = std::io::stdout().lock();
    std::io::Write::write_all(&mut stdout, format!("{report}\n").as_bytes())?;
    Ok(())
}
