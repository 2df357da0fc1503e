//! Any method, URL and body at the door of a service whose folder is never to be left.

#![no_main]

mod guess;
mod service;

use libfuzzer_sys::fuzz_target;
use service::Service;

fuzz_target!(|bytes: &[u8]| {
    let asked = guess::request(bytes);
    Service::with(|service| {
        let status = service.ask(&asked);
        // Whatever is asked, the answer is no fault of the service.
        assert_ne!(status, Some(500), "{asked:?}");
        service.check();
    });
});
