//! `manifest.py` of a folder on this computer: it is read and never run, and files stay where they
//! belong.
#![no_main]

use std::cell::RefCell;

use belay_fuzz::Place;
use libfuzzer_sys::fuzz_target;

thread_local! {
    static PLACE: RefCell<Place> = RefCell::new(Place::new());
}

fuzz_target!(|text: &[u8]| {
    PLACE.with_borrow_mut(|place| {
        let files: [(&str, &[u8]); 5] = [
            ("manifest.py", text),
            ("a.py", b"a = 1\n"),
            ("b/__init__.py", b""),
            ("b/c.py", b"c = 2\n"),
            ("d/manifest.py", b"module('a.py', base_path='..')\n"),
        ];
        place.update(&files);
    });
});
