//! `serve`: a local folder with the protocol of Smart Media Hosting, until told to stop.

use super::World;
use super::args::Serve;
use super::exit::Exit;

/// Serves. The one line on standard output tells others how to connect; it holds the secret.
#[cfg(feature = "server")]
pub async fn run(world: &World, serve: Serve) -> anyhow::Result<Exit> {
    use anyhow::Context as _;
    use serde::Serialize;

    use super::args::{Always, Media, Switch};
    use super::connect::folder;
    use super::exit::Wrong;
    use super::output::Output;
    use super::progress::Interruptions;
    use crate::server::{self, TaskRule};

    #[derive(Serialize)]
    struct Ready<'a> {
        url: &'a str,
        library: &'a str,
        secret: &'a str,
        space: Option<&'a str>,
    }

    if !serve.listen.ip().is_loopback() && !serve.allow_remote {
        return Err(Wrong::usage(format!(
            "other machines could reach {}, and everything crosses the network in the open; \
             say --allow-remote if that is wanted",
            serve.listen
        )));
    }
    let mut interruptions = Interruptions::listen()?;
    let (root, named) = folder(&serve.dir)?;
    let library = serve.library.unwrap_or(named);
    let secret = match serve.secret.as_deref().or(world.var("MEDIASWEEP_SECRET")) {
        Some(secret) => server::Secret::from(secret),
        None => server::Secret::random().context("this machine gives no random numbers")?,
    };
    let mut config = server::Config {
        root: root.clone(),
        library: library.clone(),
        secret: secret.clone(),
        bin: serve.bin == Switch::On,
        multi_space: serve.multi_space,
        allow_remote: serve.allow_remote,
        retention_days: serve.retention_days,
        most_levels: serve.max_depth,
        media: serve.media.map(|media| match media {
            Media::Albums => server::Albums::One,
            Media::Flat => server::Albums::None,
        }),
        first_number: server::number_by_clock(),
        ..server::Config::default()
    };
    if let Some(file) = &serve.fault {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        let faults = server::faults::Faults::parse(&text)
            .map_err(|error| Wrong::usage(format!("{}: {error}", file.display())))?;
        config.faults = Some(faults);
    }
    config.tasks = match (serve.r#async, serve.async_items) {
        (Some(Always::Always), _) => TaskRule::Always,
        (Some(Always::Never), _) => TaskRule::Never,
        (None, Some(items)) => TaskRule::Above {
            items,
            descendants: u64::MAX,
        },
        (None, None) => config.tasks,
    };
    let listener = tokio::net::TcpListener::bind(serve.listen)
        .await
        .with_context(|| format!("cannot listen on {}", serve.listen))?;
    let service = server::start(listener, config)
        .await
        .with_context(|| format!("cannot serve {}", root.display()))?;
    Output::default().json(&Ready {
        url: &service.url(),
        library: &library,
        secret: secret.expose(),
        space: (!serve.multi_space).then_some("-"),
    });
    interruptions.next().await;
    tokio::select! {
        () = service.stop() => {}
        // Whoever asks twice does not want to wait.
        () = interruptions.next() => {}
    }
    Ok(Exit::Done)
}

/// Says that this build has no embedded service.
#[cfg(not(feature = "server"))]
pub async fn run(_: &World, _: Serve) -> anyhow::Result<Exit> {
    std::future::ready(Err(super::connect::without_service())).await
}
