//! The service as a client meets it, endpoint by endpoint.

mod batch;
mod bin;
