//! What can be typed for `serve`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `serve`
#[derive(Debug, Args)]
pub struct Serve {
    /// The folder.
    pub dir: PathBuf,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// The name of the library; by default one made from the folder's place.
    #[arg(long, value_name = "ID")]
    pub library: Option<String>,
    /// The library secret; by default a random one. Others on this machine can see flags: prefer
    /// the variable `MEDIASWEEP_SECRET`.
    #[arg(long)]
    pub secret: Option<String>,
    /// Serve each folder right below the folder as a space of its own, by its name, if that is 2 to
    /// 32 small letters, digits and inner dashes.
    #[arg(long)]
    pub multi_space: bool,
    /// Whether the library has a recycle bin.
    #[arg(long, value_enum, default_value_t = Switch::On)]
    pub bin: Switch,
    /// Delete what is in the recycle bin for good after so many days; by default it stays.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub retention_days: Option<u32>,
    /// A library of photos and videos only: in albums, or all of them in the root.
    #[arg(long, value_enum, value_name = "HOW")]
    pub media: Option<Media>,
    /// How many directories may lie in one another; by default any number.
    #[arg(long, value_name = "N", conflicts_with = "media")]
    pub max_depth: Option<usize>,
    /// Answer batches of more items than this with a task.
    #[arg(long, value_name = "N", conflicts_with = "async")]
    pub async_items: Option<usize>,
    /// Answer batches with a task always or never.
    #[arg(long, value_enum, value_name = "WHEN")]
    pub r#async: Option<Always>,
    /// Spoil answers as the rules of this TOML file say, to test clients: failures, slowness, broken
    /// connections. The README shows an example.
    #[arg(long, value_name = "FILE")]
    pub fault: Option<PathBuf>,
    /// Listen on addresses that other machines can reach, and answer under any host name. Everything
    /// crosses the network in the open.
    #[arg(long)]
    pub allow_remote: bool,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// Yes.
    On,
    /// No.
    Off,
}

/// How the photos and videos of a library are arranged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Media {
    /// Each in an album, which is a directory of the root.
    Albums,
    /// All of them in the root.
    Flat,
}

/// Always or never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Always {
    /// For any number of items.
    Always,
    /// For no number of items.
    Never,
}
