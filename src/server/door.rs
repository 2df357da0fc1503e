//! The outer door: connections, how many and how long they may idle, and what is refused before
//! anybody looks at what it asks for. Knows no endpoints.

use std::io;
use std::net::Ipv4Addr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri, header};
use futures_util::{StreamExt as _, stream};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::error::Fault;

/// The longest URL, in bytes: an escaped path as long as systems allow, and a token, fit.
const LONGEST_URL: usize = 32 << 10;

/// The largest headers, in bytes.
const LARGEST_HEADERS: usize = 32 << 10;

/// URL and headers together are not even read beyond this.
const LARGEST_HEAD: usize = 128 << 10;

/// Serves until told to stop; then what is being answered is answered.
/// There are `most` connections at once and others wait to be taken. One that sends no whole head
/// of a request for so long as `idle` is closed.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    most: usize,
    idle: Duration,
    stopped: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(most));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut stopped = pin!(stopped);
    loop {
        let (connection, place) = tokio::select! {
            () = &mut stopped => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            next = accept(&listener, &places) => next,
        };
        let served = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(idle)
            .max_buf_size(LARGEST_HEAD)
            .serve_connection(
                TokioIo::new(connection),
                TowerToHyperService::new(router.clone()),
            );
        let served = graceful.watch(served);
        connections.spawn(async move {
            if let Err(error) = served.await {
                tracing::debug!(%error, "a connection broke off");
            }
            drop(place);
        });
    }
    drop(listener);
    graceful.shutdown().await;
    while connections.join_next().await.is_some() {}
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, OwnedSemaphorePermit) {
    let place = Arc::clone(places)
        .acquire_owned()
        .await
        .expect("nobody closes the semaphore");
    loop {
        match listener.accept().await {
            Ok((connection, _)) => {
                // An answer of many small pieces should not wait; it is only slower if this fails.
                let _ = connection.set_nodelay(true);
                return (connection, place);
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                // There may be no room for another open file until others end.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Lets as many files be open as the system allows: each open space needs some.
pub fn allow_many_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    let most = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, most) {
        tracing::debug!(%error, "the number of open files stays limited");
    }
}

/// Refuses a request that names another host than this machine itself: a page of the web whose name
/// was made to lead here (DNS rebinding) gets no further.
pub fn check_host(uri: &Uri, headers: &HeaderMap) -> Result<(), Fault> {
    let named = headers.get(header::HOST).map(|host| host.to_str().ok());
    let mut hosts = [
        named.map(Option::unwrap_or_default),
        uri.authority().map(Authority::as_str),
    ]
    .into_iter()
    .flatten()
    .peekable();
    if hosts.peek().is_some() && hosts.all(is_loopback) {
        return Ok(());
    }
    Err(Fault::new(
        403,
        "ReadForbidden",
        "this service is for the machine that it runs on; its host is localhost",
    ))
}

/// Refuses what is too long to be a request of the protocol.
pub fn check_size(uri: &Uri, headers: &HeaderMap) -> Result<(), Fault> {
    let query = uri.query().map_or(0, |query| query.len() + 1);
    if uri.path().len() + query > LONGEST_URL {
        return Err(Fault::new(
            414,
            "URITooLong",
            format!("a URL may have {LONGEST_URL} bytes"),
        ));
    }
    let size: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if size > LARGEST_HEADERS {
        return Err(Fault::new(
            431,
            "HeaderFieldsTooLarge",
            format!("headers may have {LARGEST_HEADERS} bytes"),
        ));
    }
    Ok(())
}

/// A body that ends with an error where nothing of it arrives for so long.
pub fn patient(body: Body, idle: Duration) -> Body {
    let pieces = stream::try_unfold(body.into_data_stream(), move |mut pieces| async move {
        match tokio::time::timeout(idle, pieces.next()).await {
            Ok(Some(Ok(piece))) => Ok(Some((piece, pieces))),
            Ok(Some(Err(error))) => Err(io::Error::other(error)),
            Ok(None) => Ok(None),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    });
    Body::from_stream(pieces)
}

/// Whether a host, which may have a port, is a name of this machine for itself.
fn is_loopback(host: &str) -> bool {
    let is_port = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let name = match host.rsplit_once(':') {
        Some((name, port)) if is_port(port) => name,
        _ => host,
    };
    name.eq_ignore_ascii_case("localhost")
        || name == "[::1]"
        || name
            .parse::<Ipv4Addr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_names_of_this_machine_for_itself_are_loopback() {
        for host in [
            "localhost",
            "LocalHost:80",
            "127.0.0.1",
            "127.1.2.3:8080",
            "[::1]",
            "[::1]:8080",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            ":80",
            "example.org",
            "127.0.0.1.example.org",
            "localhost.example.org:80",
            "10.0.0.1",
            "[::2]:80",
            "::1",
            "127.0.0.1:80@example.org",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
