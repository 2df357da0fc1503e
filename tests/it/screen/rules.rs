//! Marking by rules: the count while one is typed, the rows here, the walk below.

use std::collections::BTreeMap;
use std::fs;

use insta::assert_snapshot;
use mediasweep::domain::marks::Origin;

use super::harness::Screen;

const FILMS: &[(&str, u64)] = &[
    ("a_废弃.mov", 3_000_000),
    ("b.mov", 2_000),
    ("c.wav", 9),
    ("proxies/d_废弃.MOV", 5_000_000),
    ("proxies/e.txt", 1),
    ("proxies/deep/f.mov", 7_000_000),
];

fn marked(screen: &Screen) -> Vec<String> {
    let marks = &screen.state.marks;
    let places = marks.places().flat_map(|(directory, _)| {
        marks
            .inside(directory)
            .map(move |(name, _)| format!("{directory}/{name}").replace("//", "/"))
    });
    places.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_counted_while_typed_marks_here_and_is_repeated_elsewhere() {
    let mut screen = Screen::on(FILMS).await;
    screen.keys("+ext:mov<Space>size:1M..");
    assert_snapshot!("a rule and what it would mark", screen.text());
    assert!(marked(&screen).is_empty());
    screen.keys("<Enter>");
    assert_eq!(marked(&screen), ["/a_废弃.mov"]);
    assert_eq!(screen.message(), "1 marked by the rule, 2.9 MB.");
    let directory = screen.state.browser.directory.clone();
    let mark = screen.state.marks.get(&directory, "a_废弃.mov").unwrap();
    assert_eq!(*mark.origin, Origin::Rule("ext:mov size:1M..".into()));
    screen.keys("ggl");
    screen.settle().await;
    screen.keys("&");
    assert_eq!(marked(&screen), ["/a_废弃.mov", "/proxies/d_废弃.MOV"]);
    screen.keys("h");
    screen.settle().await;
    screen.keys("-废弃");
    assert!(
        screen.text().contains("1 match here, 1 marked"),
        "{}",
        screen.text()
    );
    screen.keys("<Enter>");
    assert_eq!(marked(&screen), ["/proxies/d_废弃.MOV"]);
    screen.keys("G=");
    assert_eq!(marked(&screen), ["/c.wav", "/proxies/d_废弃.MOV"]);
    screen.keys("gg=");
    assert_eq!(
        screen.message(),
        "A folder has no extension. + marks by a rule."
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_reaches_below_and_can_be_stopped_there() {
    let mut screen = Screen::on(FILMS).await;
    screen.keys("jj<Space>+in:tree<Space>ext:mov");
    assert!(screen.text().contains("; Enter looks"), "{}", screen.text());
    screen.keys("<Enter>");
    screen.settle().await;
    let all = [
        "/a_废弃.mov",
        "/b.mov",
        "/proxies/d_废弃.MOV",
        "/proxies/deep/f.mov",
    ];
    let mut found = marked(&screen);
    found.sort();
    assert_eq!(found, all);
    assert_eq!(screen.message(), "3 marked by the rule, 14 MB.");
    let directory = screen.state.browser.directory.clone();
    let mark = screen.state.marks.get(&directory, "b.mov").unwrap();
    assert_eq!(*mark.origin, Origin::Hand, "who was first stays");
    screen.keys("-in:tree<Space>mark:yes<Space>!废弃<Enter>");
    screen.settle().await;
    assert_eq!(marked(&screen), ["/a_废弃.mov", "/proxies/d_废弃.MOV"]);
    assert_eq!(screen.message(), "2 unmarked by the rule.");
    screen.keys("+in:tree<Enter><C-c>");
    assert!(
        screen.message().starts_with("Stopped. 0 marked"),
        "{}",
        screen.message()
    );
    assert!(!screen.state.is_busy());
    screen.keys("+in:/nowhere<Enter>");
    screen.settle().await;
    assert!(
        screen.message().contains("1 folder could not be read"),
        "{}",
        screen.message()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn words_are_completed_and_wrong_ones_named() {
    let mut screen = Screen::on(FILMS).await;
    let typed = |screen: &Screen| {
        let typing = screen.state.prompt.as_ref();
        typing
            .map(|typing| typing.line.value().to_owned())
            .unwrap_or_default()
    };
    screen.keys("+ty<Tab>vi<Tab>");
    assert_eq!(typed(&screen), "type:video");
    assert!(screen.text().contains("2 match here"), "{}", screen.text());
    screen.keys("<Space>m<Tab>");
    assert!(screen.text().contains("mod: mark:"), "{}", screen.text());
    screen.keys("<C-u>siez:0<Enter>");
    assert!(
        screen.text().contains("did you mean size:?"),
        "{}",
        screen.text()
    );
    assert_eq!(
        typed(&screen),
        "siez:0",
        "what is no rule is not carried out"
    );
    screen.keys("<Esc>f!ext:mo<Enter>");
    assert_eq!(screen.state.browser.listing.rows(), 4);
    screen.keys("fv<Tab>");
    assert_eq!(typed(&screen), "!ext:mov", "nothing to complete");
    assert_eq!(screen.state.browser.listing.rows(), 2);
    screen.keys("<Esc><Esc>fmod:2026-01<Enter>");
    assert_eq!(screen.state.browser.listing.rows(), 4);
    screen.keys("<C-a>f<C-u>mod:2025<Enter>");
    assert!(screen.text().contains("4 hidden"), "{}", screen.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_follows_marks_and_copies() {
    let mut screen = Screen::on(FILMS).await;
    let listed = |screen: &Screen| {
        let shown = screen.state.browser.listing.shown();
        shown
            .map(|entry| entry.name().to_owned())
            .collect::<Vec<_>>()
    };
    let all = listed(&screen);
    screen.keys("fmark:no<Enter>");
    assert_eq!(listed(&screen), all);
    screen.keys("j<Space>");
    assert_eq!(listed(&screen).len(), all.len() - 1);
    assert!(screen.text().contains("1 hidden"), "{}", screen.text());
    screen.keys(":filter mark:yes<Enter>");
    assert_eq!(listed(&screen), all[1..2]);
    screen.keys("<Space>");
    assert!(listed(&screen).is_empty());
    screen.keys("gv<Esc>");
    for name in ["one.mov", "another.mov"] {
        fs::write(screen.service.root.path().join(name), "the same").unwrap();
    }
    screen.keys("R");
    screen.settle().await;
    screen.keys("f<C-u>dup:yes<Enter>");
    assert!(listed(&screen).is_empty(), "nobody knows their checksums");
    screen.keys("gd");
    screen.settle().await;
    screen.keys("q");
    screen.settle().await;
    assert_eq!(listed(&screen), ["another.mov", "one.mov"]);
    screen.keys("<Esc>+dup:yes<Enter>");
    assert_eq!(marked(&screen), ["/another.mov", "/one.mov"]);
    screen.keys("+in:tree<Space>dup:yes");
    assert!(
        screen.text().contains("gd finds them elsewhere"),
        "{}",
        screen.text()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_longer_than_the_screen_shows_what_is_being_typed() {
    let mut screen = Screen::on(FILMS).await;
    screen.resize(60, 16);
    screen.keys("+ext:mov<Space>size:>600K");
    let line = |screen: &mut Screen| screen.text().lines().nth(13).unwrap().to_owned();
    assert!(line(&mut screen).ends_with('~'), "{}", line(&mut screen));
    screen.keys("<Space>name:*测试片段*<Space>or<Space>name:*废弃*<Space>mod:>90d");
    let end = line(&mut screen);
    assert!(
        end.starts_with(" mark: ~") && end.ends_with("mod:>90d"),
        "{end}"
    );
    screen.keys("<Home>");
    let begin = line(&mut screen);
    assert!(
        begin.starts_with(" mark: ext:mov size:>600K name:"),
        "{begin}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_the_settings_stands_for_its_rule_wherever_a_rule_is_typed() {
    let mut screen = Screen::on(FILMS).await;
    let rules = [
        ("old-mov", "ext:mov size:>1M"),
        ("bad", "siz:>3"),
        ("gone", "废弃 in:tree"),
    ];
    let rules = rules.map(|(name, line)| (name.to_owned(), line.to_owned()));
    screen.state.rules = BTreeMap::from(rules).into();
    screen.keys("+old<Tab>");
    assert!(screen.text().contains("1 match here"), "{}", screen.text());
    screen.keys("<Enter>");
    assert_eq!(marked(&screen), ["/a_废弃.mov"]);
    let directory = screen.state.browser.directory.clone();
    let mark = screen.state.marks.get(&directory, "a_废弃.mov").unwrap();
    assert_eq!(*mark.origin, Origin::Rule("old-mov".into()));
    screen.keys("-old-mov<Enter>");
    assert!(marked(&screen).is_empty());
    screen.keys(":mark<Space>o<Tab><Enter>");
    assert_eq!(marked(&screen), ["/a_废弃.mov"]);
    screen.keys("&<Space>fold-mov<Enter>");
    assert!(
        screen.text().contains("filter: old-mov (1 of 4)"),
        "{}",
        screen.text()
    );
    screen.keys("f<C-u><Enter>gg/old-mov");
    assert_eq!(
        screen.state.browser.under_cursor().unwrap().name(),
        "a_废弃.mov"
    );
    screen.keys("<Esc>:filter<Space>old-mov<Enter>");
    assert_eq!(screen.state.browser.listing.rows(), 1);
    screen.keys(":filter<Enter>fbad<Enter>");
    assert!(
        screen.text().contains("the rule 'bad' of the settings: "),
        "{}",
        screen.text()
    );
    assert!(screen.state.prompt.is_some(), "what is no rule is not kept");
    screen.keys("<Esc>sgone");
    assert!(
        screen.text().contains("Enter looks for: "),
        "{}",
        screen.text()
    );
    screen.keys("<Enter>");
    screen.settle().await;
    assert_eq!(screen.state.found.as_ref().unwrap().rows(), 2);
}
