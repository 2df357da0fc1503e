//! Any body of a batch and any marker of a listing.

#![no_main]

#[allow(dead_code, reason = "the other target makes its requests there")]
mod guess;
mod service;

use guess::{Asked, escaped};
use libfuzzer_sys::fuzz_target;
use service::Service;

fuzz_target!(|asked: (u8, String)| {
    let (kind, text) = asked;
    let (method, target, body) = match kind % 6 {
        0 => ("POST", "batch/local/-?delete".to_owned(), text),
        1 => ("POST", "batch/local/-?move".to_owned(), text),
        2 => ("POST", "batch/local/-?copy".to_owned(), text),
        3 => ("POST", "recycled/local/-?restore".to_owned(), text),
        4 => ("GET", format!("directory/local/-/?marker={}", escaped(&text)), String::new()),
        _ => ("GET", format!("recycled/local/-?marker={}", escaped(&text)), String::new()),
    };
    Service::with(|service| {
        let asked = Asked { method: method.to_owned(), target, body };
        assert_ne!(service.ask(&asked), Some(500), "{asked:?}");
        service.check();
    });
});
