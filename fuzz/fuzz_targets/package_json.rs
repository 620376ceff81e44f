//! `package.json` of a folder on this computer: whatever it says, files stay where they belong.
#![no_main]

use std::cell::RefCell;

use belay_fuzz::Place;
use libfuzzer_sys::fuzz_target;

thread_local! {
    static PLACE: RefCell<Place> = RefCell::new(Place::new());
}

fuzz_target!(|json: &[u8]| {
    PLACE.with_borrow_mut(|place| {
        let files: [(&str, &[u8]); 4] = [
            ("package.json", json),
            ("a.py", b"a = 1\n"),
            ("b/c.py", b"c = 2\n"),
            ("b/package.json", br#"{"urls": [["c.py", "c.py"]]}"#),
        ];
        place.update(&files);
    });
});
