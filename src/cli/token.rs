//! `token`: an access token for other programs. It is written to standard output, because that is
//! what was asked for, and nowhere else.

use secrecy::ExposeSecret as _;
use serde::Serialize;

use super::World;
use super::args::Token;
use super::connect::connect;
use super::exit::{Exit, Wrong};
use super::output::Output;

#[derive(Serialize)]
struct Line<'a> {
    access_token: &'a str,
    expires_in: u64,
}

/// Makes a token from the library secret, or lengthens the life of a given one.
pub async fn run(world: &World, command: Token) -> anyhow::Result<Exit> {
    let (wanted, is_new) = match command {
        Token::New(wanted) => (wanted, true),
        Token::Renew(wanted) => (wanted, false),
    };
    if wanted.place.local.is_some() {
        return Err(Wrong::usage(
            "a token of a local folder ends with the command; `mediasweep serve` keeps one going",
        ));
    }
    let connection = connect(world, &wanted.place).await?;
    let token = if is_new {
        connection.client.new_token().await
    } else {
        connection.client.renew_token().await
    };
    connection.close().await;
    let (token, life) = token?;
    let mut output = Output::default();
    if wanted.json {
        output.json(&Line {
            access_token: token.expose_secret(),
            expires_in: life.as_secs(),
        });
    } else {
        output.line(token.expose_secret());
        eprintln!("mediasweep: it lasts {} minutes", life.as_secs() / 60);
    }
    Ok(Exit::Done)
}
