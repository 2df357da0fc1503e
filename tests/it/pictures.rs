//! The pictures of the README, drawn by the real renderer from a journey on the real service.
//!
//! With `MEDIASWEEP_PICTURES=write` they are written to `assets/screens`; otherwise they are compared,
//! so that what the README shows is what the program draws.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use image::{ImageFormat, Rgb, RgbImage};
use mediasweep::domain::format::width;
use mediasweep::tui::theme::{Borders, BuiltIn, Depth, Look};
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use regex::Regex;
use serde_json::{Value, json};

use crate::screen::harness::{Screen, new_year};
use crate::support::edit;

/// The width and height of a character in the units of the picture.
const CELL: (f32, f32) = (8.4, 18.0);
const SIZE: (u16, u16) = (120, 32);

/// A folder of a shoot, as large as it has to be to look like one; the bytes are holes.
const SHOOT: &[(&str, u64)] = &[
    ("2024/raw/杭州外拍/delivery/", 0),
    ("2024/raw/杭州外拍/proxies/a.mov", 9_800_000_000),
    ("2024/raw/杭州外拍/sound/t01.wav", 220_000_000),
    ("2024/raw/杭州外拍/测试片段_001_废弃.mov", 1_200_000_000),
    ("2024/raw/杭州外拍/测试片段_002_废弃.mov", 1_250_000_000),
    (
        "2024/raw/杭州外拍/A001_C004_0328X7_take2.mov",
        18_400_000_000,
    ),
    ("2024/raw/杭州外拍/A001_C005_0328X7.mov", 17_900_000_000),
    ("2024/raw/杭州外拍/A001_C006_0328X7.mov", 17_900_000_000),
    ("2024/raw/杭州外拍/A001_C007_0328X7.mov", 16_000_000_000),
    ("2024/raw/杭州外拍/IMG_2231.jpg", 0),
    ("2024/raw/杭州外拍/IMG_2232.heic", 4_300_000),
    ("2024/raw/杭州外拍/IMG_2233.heic", 3_900_000),
    ("2024/raw/杭州外拍/notes - 场记.txt", 12_000),
    ("2024/raw/杭州外拍/stills_édition.zip", 640_000_000),
    ("2024/raw/杭州外拍/tmp_export_01.mxf", 6_600_000_000),
    ("2024/raw/杭州外拍/tmp_export_02.mxf", 6_600_000_000),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_pictures_of_the_readme_show_what_is_drawn() {
    for (theme, name) in [(BuiltIn::Dark, "dark"), (BuiltIn::Light, "light")] {
        let mut screen = Screen::with(SHOOT, |_, _| ()).await;
        let folder = screen.service.root.path().join("2024/raw/杭州外拍");
        sunset(&folder.join("IMG_2231.jpg"));
        screen.state.label = "media-prod / team-01".into();
        screen.state.look = Look::new(theme, "", Depth::True, Borders::Lines).unwrap();
        screen.resize(SIZE.0, SIZE.1);
        screen.settle().await;
        for _ in 0..3 {
            screen.keys("l");
            screen.settle().await;
        }
        screen.keys("+name:废弃 or name:tmp_*<Enter>");
        screen.settle().await;
        screen.keys("gg7j");
        screen.settle().await;
        check(&format!("list-{name}"), &svg(&screen.buffer(), theme));

        screen.keys("d");
        screen.settle().await;
        check(&format!("question-{name}"), &svg(&screen.buffer(), theme));

        let faults = &screen.service.faults;
        faults.add("POST /api/v1/batch/", 1, edit(refuse_last));
        screen.keys("y");
        screen.settle().await;
        screen.keys("wl");
        check(&format!("results-{name}"), &svg(&screen.buffer(), theme));
    }
}

/// The service says that another operation works on the last item.
fn refuse_last(answer: &mut Value) {
    let results = answer["result"].as_array_mut();
    let Some(last) = results.and_then(|results| results.last_mut()) else {
        return;
    };
    *last = json!({
        "path": last["path"],
        "status": 409,
        "code": "PathConflict",
        "message": "another operation works on this path",
    });
}

/// A picture with something to see in it.
fn sunset(path: &Path) {
    let picture = RgbImage::from_fn(320, 200, |x, y| {
        let (x, y) = (f64::from(x) - 210.0, f64::from(y));
        let sun = x * x + (y - 105.0) * (y - 105.0);
        let glow = (1.0 - sun.sqrt() / 260.0).max(0.0);
        let shade = |from: f64, to: f64| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a colour has eight bits"
            )]
            let byte = (from + (to - from) * glow).clamp(0.0, 255.0) as u8;
            byte
        };
        if y > 150.0 + 12.0 * (x / 40.0).sin() {
            Rgb([shade(12.0, 40.0), shade(16.0, 30.0), shade(34.0, 60.0)])
        } else if sun < 900.0 {
            Rgb([255, 232, 170])
        } else {
            Rgb([shade(40.0, 255.0), shade(40.0, 150.0), shade(90.0, 80.0)])
        }
    });
    picture.save_with_format(path, ImageFormat::Jpeg).unwrap();
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(new_year()).unwrap();
}

/// Compares a picture with the one that the README shows, or writes it.
fn check(name: &str, svg: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("assets/screens/{name}.svg"));
    if std::env::var("MEDIASWEEP_PICTURES").is_ok_and(|what| what == "write") {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, svg).unwrap();
        return;
    }
    // When a file was made cannot be chosen, and a request id neither.
    let differs = Regex::new(r"created +\d\d-\d\d \d\d:\d\d|[0-9a-f]{8,}|\d+ ms").unwrap();
    let masked = |text: &str| differs.replace_all(text, "?").into_owned();
    let shown = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        masked(&shown) == masked(svg),
        "{name} is not what the program draws: MEDIASWEEP_PICTURES=write cargo test pictures"
    );
}

/// A frame as a picture: a rectangle for each run of one background, a text for each run of one style.
fn svg(buffer: &Buffer, theme: BuiltIn) -> String {
    let (text, ground) = match theme {
        BuiltIn::Dark | BuiltIn::Mono => ("#d4d4d4", "#16181d"),
        BuiltIn::Light => ("#24292f", "#ffffff"),
    };
    let (columns, rows) = (buffer.area.width, buffer.area.height);
    let (across, down) = (f32::from(columns) * CELL.0, f32::from(rows) * CELL.1);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {across:.1} {down:.1}\" \
         font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, 'Noto Sans Mono CJK SC', \
         monospace\" font-size=\"14\" fill=\"{text}\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"{ground}\"/>\n"
    );
    for y in 0..rows {
        for run in runs(buffer, y) {
            let (x, top) = (f32::from(run.x) * CELL.0, f32::from(y) * CELL.1);
            let length = f32::from(run.cells) * CELL.0;
            let (front, back) = run.colours(text, ground);
            if let Some(back) = back {
                let _ = writeln!(
                    svg,
                    "<rect x=\"{x:.1}\" y=\"{top:.1}\" width=\"{length:.1}\" height=\"{}\" \
                     fill=\"{back}\"/>",
                    CELL.1
                );
            }
            let shown = run.text.trim_end();
            if shown.is_empty() {
                continue;
            }
            let cells = u16::try_from(width(shown)).unwrap();
            let length = f32::from(cells) * CELL.0;
            let mut style = front.map_or_else(String::new, |front| format!(" fill=\"{front}\""));
            if run.modifier.contains(Modifier::BOLD) {
                style.push_str(" font-weight=\"bold\"");
            }
            if run.modifier.contains(Modifier::DIM) {
                style.push_str(" opacity=\"0.7\"");
            }
            let escaped = shown
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;");
            let _ = writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"{:.1}\" textLength=\"{length:.1}\" \
                 lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\"{style}>{escaped}</text>",
                top + 13.5
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// Cells beside each other that look alike.
struct Run {
    x: u16,
    cells: u16,
    text: String,
    front: Color,
    back: Color,
    modifier: Modifier,
}

impl Run {
    /// The colours of the text and of what is behind it; none where they are those of the picture.
    fn colours(&self, text: &str, ground: &str) -> (Option<String>, Option<String>) {
        let (front, back) = (hex(self.front), hex(self.back));
        if self.modifier.contains(Modifier::REVERSED) {
            let front = front.unwrap_or_else(|| text.to_owned());
            return (Some(back.unwrap_or_else(|| ground.to_owned())), Some(front));
        }
        (front, back)
    }
}

fn hex(colour: Color) -> Option<String> {
    match colour {
        Color::Rgb(red, green, blue) => Some(format!("#{red:02x}{green:02x}{blue:02x}")),
        _ => None,
    }
}

fn runs(buffer: &Buffer, y: u16) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut x = 0;
    while x < buffer.area.width {
        let cell: &Cell = &buffer[(x, y)];
        let cells = u16::try_from(width(cell.symbol())).unwrap().max(1);
        let alike = |run: &&mut Run| {
            (run.front, run.back, run.modifier) == (cell.fg, cell.bg, cell.modifier)
        };
        match runs.last_mut().filter(alike) {
            Some(run) => {
                run.text.push_str(cell.symbol());
                run.cells += cells;
            }
            None => runs.push(Run {
                x,
                cells,
                text: cell.symbol().to_owned(),
                front: cell.fg,
                back: cell.bg,
                modifier: cell.modifier,
            }),
        }
        x += cells;
    }
    runs
}
