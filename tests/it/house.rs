//! The house rules: who may name whom. Reads `src/` and fails when an arrow points up.

use std::fs;
use std::path::Path;

use crate::support::files_below;

/// A part of the program, what of ours it may name, and which outside crates. The first row whose
/// beginning fits a file holds for it.
const RULES: &[(&str, &[&str], &[&str])] = &[
    (
        "domain",
        &["domain", "texts"],
        &[
            "alphanumeric_sort",
            "compact_str",
            "frizbee",
            "hashbrown",
            "indexmap",
            "jiff",
            "memchr",
            "rayon",
            "regex",
            "rustc_hash",
            "strsim",
            "thiserror",
            "unicode_normalization",
            "unicode_segmentation",
            "unicode_width",
        ],
    ),
    ("protocol", &["protocol"], &["compact_str", "jiff", "serde"]),
    (
        "server/faults",
        &["server::random", "server::request"],
        &[
            "axum",
            "futures_util",
            "percent_encoding",
            "serde",
            "serde_json",
            "thiserror",
            "tokio",
            "toml",
            "tracing",
        ],
    ),
    (
        "server",
        &["server", "protocol", "domain::path"],
        &[
            "axum",
            "base64",
            "cap_std",
            "compact_str",
            "crc_fast",
            "futures_util",
            "getrandom",
            "http_body",
            "hyper",
            "hyper_util",
            "image",
            "jiff",
            "md5",
            "multer",
            "percent_encoding",
            "ring",
            "rusqlite",
            "rustc_hash",
            "rustix",
            "secrecy",
            "serde",
            "serde_json",
            "subtle",
            "thiserror",
            "tokio",
            "tokio_util",
            "tracing",
        ],
    ),
    (
        "client",
        &["client", "texts", "protocol", "domain"],
        &[
            "backon",
            "compact_str",
            "http_body",
            "jiff",
            "memchr",
            "percent_encoding",
            "reqwest",
            "rustls",
            "secrecy",
            "serde",
            "serde_json",
            "thiserror",
            "tokio",
            "tracing",
            "url",
            "webpki_root_certs",
        ],
    ),
    (
        "jobs",
        &["jobs", "texts", "transfer", "client", "domain"],
        &[
            "backon",
            "compact_str",
            "futures_util",
            "jiff",
            "rustc_hash",
            "serde",
            "serde_json",
            "tokio",
            "tracing",
        ],
    ),
    (
        "transfer",
        &["transfer", "texts", "client", "domain"],
        &[
            "backon",
            "crc_fast",
            "futures_util",
            "jiff",
            "rustix",
            "serde",
            "serde_json",
            "thiserror",
            "tokio",
            "tracing",
        ],
    ),
    (
        "keep",
        &["keep", "domain"],
        &["jiff", "serde", "serde_json"],
    ),
    (
        "tui/runtime",
        &["tui", "texts", "domain", "jobs", "client", "keep"],
        &[
            "compact_str",
            "crossterm",
            "futures_util",
            "image",
            "jiff",
            "lru",
            "ratatui",
            "ratatui_image",
            "rustc_hash",
            "rustix",
            "serde",
            "serde_json",
            "syntect",
            "tokio",
            "tracing",
        ],
    ),
    (
        "tui/command",
        &["tui", "texts", "domain", "config::written"],
        &["strum"],
    ),
    (
        "tui/terminal",
        &["tui", "texts"],
        &["base64", "crossterm", "ratatui", "rustix", "tracing"],
    ),
    (
        "tui/keymap",
        &["tui", "texts", "domain", "config::written"],
        &["crossterm", "serde", "strum", "toml"],
    ),
    (
        "tui/theme",
        &["tui", "texts", "config::written"],
        &["ratatui", "serde", "strum", "toml"],
    ),
    (
        "tui",
        &["tui", "texts", "domain"],
        &[
            "compact_str",
            "crossterm",
            "jiff",
            "ratatui",
            "ratatui_image",
            "rustc_hash",
            "serde",
            "strum",
            "tui_input",
        ],
    ),
    (
        "config",
        &["config", "texts"],
        &["serde", "strsim", "thiserror", "toml", "url"],
    ),
    ("speed", &[], &[]),
    ("texts", &["texts"], &["toml"]),
    ("logging", &["logging"], &["tracing", "tracing_subscriber"]),
    (
        "cli",
        &[
            "cli", "config", "logging", "tui", "jobs", "keep", "transfer", "client", "server",
            "domain", "texts",
        ],
        &[
            "anyhow",
            "clap",
            "clap_complete",
            "clap_mangen",
            "directories",
            "getrandom",
            "indicatif",
            "jiff",
            "keyring",
            "rustc_hash",
            "secrecy",
            "serde",
            "serde_json",
            "thiserror",
            "tokio",
            "tracing",
            "url",
        ],
    ),
    ("main", &["cli", "logging"], &["anyhow", "clap"]),
    ("lib", &[], &[]),
];

#[test]
fn no_arrow_points_up() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut faults = Vec::new();
    for file in files_below(&source) {
        let name = file.strip_prefix(&source).expect("it was found there");
        let name = name.with_extension("").to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(&file).expect("sources are readable");
        faults.extend(faults_of(&name, &text));
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn a_planted_arrow_is_found() {
    let up = "use crate::tui::state::State;";
    assert_eq!(
        faults_of("jobs/delete", up),
        ["jobs/delete may not name crate::tui::state"]
    );
    assert_eq!(faults_of("tui/view", "use crate::client::Client;").len(), 1);
    assert_eq!(
        faults_of("tui/runtime", "use crate::client::Client;").len(),
        0
    );
    assert_eq!(
        faults_of("server/batch", "crate::domain::job::JobId").len(),
        1
    );
    assert_eq!(faults_of("client", "use axum::Router;").len(), 1);
    assert_eq!(
        faults_of("domain/marks", "#[derive(serde::Serialize)]").len(),
        1
    );
    assert_eq!(faults_of("attic/old", "").len(), 1);
}

#[test]
fn features_are_named_in_four_places_only() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let named: Vec<String> = files_below(&source)
        .into_iter()
        .filter(|file| {
            fs::read_to_string(file)
                .expect("readable")
                .contains("cfg(feature")
        })
        .map(|file| {
            file.strip_prefix(&source)
                .expect("below")
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    for name in &named {
        let is_allowed = [
            "lib.rs",
            "cli/connect.rs",
            "cli/credentials.rs",
            "cli/serve.rs",
        ]
        .contains(&name.as_str());
        assert!(is_allowed, "{name} names the feature");
    }
}

/// The arrows of a file that its part may not have.
fn faults_of(file: &str, text: &str) -> Vec<String> {
    let is_part = |part: &str| file == part || file.starts_with(&format!("{part}/"));
    let Some((_, ours, crates)) = RULES.iter().find(|(part, _, _)| is_part(part)) else {
        return vec![format!("{file} belongs to no part of the house")];
    };
    let code: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let code = code.join("\n");
    // The tests of a module may use what they like.
    let code = code.split("#[cfg(test)]").next().unwrap_or_default();
    let mut faults = Vec::new();
    for prefix in ["crate::", "mediasweep::"] {
        for (at, _) in code.match_indices(prefix) {
            let words: Vec<&str> = words_from(&code[at + prefix.len()..]).take(2).collect();
            let named = words.join("::");
            let is_fine = ours
                .iter()
                .any(|allowed| named == *allowed || named.starts_with(&format!("{allowed}::")))
                || words.first().is_some_and(|first| ours.contains(first));
            let fault = format!("{file} may not name {prefix}{named}");
            if !is_fine && !faults.contains(&fault) {
                faults.push(fault);
            }
        }
    }
    for outside in RULES.iter().flat_map(|(_, _, crates)| *crates) {
        let is_named = code.match_indices(&format!("{outside}::")).any(|(at, _)| {
            let before = code[..at].chars().next_back();
            !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
        });
        let fault = format!("{file} may not name the crate {outside}");
        if is_named && !crates.contains(outside) && !faults.contains(&fault) {
            faults.push(fault);
        }
    }
    faults
}

/// The words of a path such as `tui::state::State`.
fn words_from(text: &str) -> impl Iterator<Item = &str> {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
    text[..end.unwrap_or(text.len())].split("::")
}
