use super::*;

fn ms(time: u64) -> Duration {
    Duration::from_millis(time)
}

/// A cell of turns of so many milliseconds, each with its bytes on the flash.
fn cell(turns: &[(u64, u64)], session: Option<u64>) -> Cell {
    let turns = turns.iter().map(|&(whole, bytes)| {
        let time = Time {
            whole: ms(whole),
            session: session.map(ms),
        };
        let erases = bytes / 1000;
        (time, Wear { bytes, erases })
    });
    Cell::new(turns.collect()).unwrap()
}

fn table(title: &'static str, rate: Option<f64>, limit: f64, ours: u64, session: u64) -> Table {
    let three = |cell: Cell| [cell; 3];
    let mut first = three(cell(&[(ours, 2000), (ours + 20, 3000)], None));
    first[1] = cell(&[(ours / 2, 0)], None);
    Table {
        title,
        rounds: 2,
        rate,
        times_original: Some(limit),
        rows: vec![
            (Client::Ours, first),
            (Client::Mpremote, three(cell(&[(5000, 4000)], None))),
            (
                Client::Original,
                three(cell(&[(session + 600, 9000)], Some(session))),
            ),
        ],
    }
}

fn report() -> Report {
    Report {
        sizes: Sizes {
            files: 3,
            bytes: 9000,
            minified: 5000,
            floor: 2000,
        },
        random_bytes: 1000,
        tables: vec![
            table("a pty", None, 10.0, 100, 1000),
            table("a line", Some(1000.0), 3.0, 2400, 7000),
        ],
        copies: Copies {
            rate: 1000.0,
            rounds: 1,
            rows: vec![(Client::Ours, cell(&[(1100, 0)], None))],
        },
        trips: Trips {
            ours: 3.1,
            original: 40.0,
        },
    }
}

#[test]
fn a_cell_is_the_median_between_the_extremes() {
    let cell = cell(&[(30, 3000), (10, 1000), (20, 2000), (90, 2000)], Some(5));
    assert_eq!((cell.min, cell.median, cell.max), (ms(10), ms(20), ms(90)));
    assert_eq!(cell.session, Some(ms(5)));
    assert_eq!((cell.wear.bytes, cell.wear.erases), (2000, 2));
    assert_eq!(Cell::new(Vec::new()), None);
    assert_eq!(cell.shown(), "0.02 (0.01-0.09)");
}

#[test]
fn targets_are_bounds_from_above_or_below() {
    let targets = report().targets();
    let lines: Vec<_> = targets.iter().map(Target::as_text).collect();
    let expected = [
        "first sync on a pty, x original in its session: at least 10: met, 10.00",
        "first sync on a line, x floor: at most 1.15: missed, 1.20",
        "first sync on a line, x original in its session: at least 3: missed, 2.92",
        "random data, % of the line rate: at least 92: missed, 90.91",
        "nothing changed, round trips: at most 3: met, 3.00",
        "nothing changed, bytes programmed: at most 0: met, 0.00",
    ];
    assert_eq!(lines, expected);
    let json = report().as_json();
    assert_eq!(json["targets"][1]["at_most"], json!(1.15));
    assert_eq!(json["targets"][1]["met"], json!(false));
    assert_eq!(json["targets"][0]["at_least"], json!(10.0));
}

#[test]
fn tables_are_aligned() {
    let expected = "\
Synchronisation on a pty, in seconds: median of 2 (fastest-slowest)
                                 first sync       nothing changed      one file changed
belay 0.1.0                0.10 (0.10-0.12)      0.05 (0.05-0.05)      0.10 (0.10-0.12)
mpremote 1.29.0            5.00 (5.00-5.00)      5.00 (5.00-5.00)      5.00 (5.00-5.00)
original Belay 0.30.1      1.60 (1.60-1.60)      1.60 (1.60-1.60)      1.60 (1.60-1.60)
  in its session                       1.00                  1.00                  1.00";
    let expected = expected.replace("belay 0.1.0", concat!("belay ", env!("CARGO_PKG_VERSION")));
    assert_eq!(report().tables[0].as_text(), expected);
    let expected = "\
Flash: bytes programmed (blocks erased)
                                 first sync       nothing changed      one file changed
belay 0.1.0                        2000 (2)                 0 (0)              2000 (2)
mpremote 1.29.0                    4000 (4)              4000 (4)              4000 (4)
original Belay 0.30.1              9000 (9)              9000 (9)              9000 (9)";
    let expected = expected.replace("belay 0.1.0", concat!("belay ", env!("CARGO_PKG_VERSION")));
    assert_eq!(report().tables[0].wear_as_text(), expected);
    let json = report().as_json();
    let step = &json["links"][0]["rows"][0]["steps"][0];
    assert_eq!(step["median"], json!(0.1));
    assert_eq!(step["programmed_bytes"], json!(2000));
    assert_eq!(json["project"]["deflated"], json!(2000));
}
