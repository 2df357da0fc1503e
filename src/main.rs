//! Parse, start logging, run, end with a code.

use std::process::ExitCode;

use clap::Parser as _;
use mediasweep::cli::{self, World, args::Cli, exit::Exit};
use mediasweep::logging;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let world = match World::find() {
        Ok(world) => world,
        Err(error) => {
            eprintln!("mediasweep: {error:#}");
            return Exit::Failed.into();
        }
    };
    let filter = world.var("MEDIASWEEP_LOG").map(str::to_owned);
    if let Err(error) = logging::start(&world.places.log_file(), filter.as_deref()) {
        eprintln!("mediasweep: nothing is logged: {error}");
    }
    cli::run(cli, world)
}
