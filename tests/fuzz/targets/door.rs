//! Any method, URL and body at the door of a service whose folder is never to be left.

#![no_main]

mod service;

use libfuzzer_sys::fuzz_target;
use service::{Asked, Service};

fuzz_target!(|asked: Asked| {
    Service::with(|service| {
        let status = service.ask(&asked);
        // Whatever is asked, the answer is no fault of the service.
        assert_ne!(status, Some(500), "{asked:?}");
        service.check();
    });
});
