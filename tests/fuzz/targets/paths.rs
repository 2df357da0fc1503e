//! Any text as a path: what is accepted has one spelling, no dots and no way out.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mediasweep::domain::path::RemotePath;

fuzz_target!(|text: &str| {
    let Ok(path) = RemotePath::parse(text) else {
        return;
    };
    assert_eq!(RemotePath::parse(path.as_str()).as_ref(), Ok(&path));
    for name in path.components() {
        assert!(!name.is_empty() && name != "." && name != "..");
        assert!(!name.contains(['/', '\0']));
    }
    if let Some(parent) = path.parent() {
        assert!(parent.contains(&path));
        assert_eq!(parent.join(path.name()).as_ref(), Ok(&path));
    }
});
