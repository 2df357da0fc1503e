//! Journeys by finding, filtering and searching.

use insta::assert_snapshot;
use mediasweep::tui::theme::Role;
use ratatui::buffer::Cell;

use super::SHOOT;
use super::harness::Screen;

fn here(screen: &Screen) -> String {
    let entry = screen.state.browser.under_cursor().unwrap();
    entry.name().to_owned()
}

/// What stands out in each line, joined.
fn hits(screen: &mut Screen) -> Vec<String> {
    let buffer = screen.roles();
    let lines = (0..buffer.area.height).map(|y| {
        let cells = (0..buffer.area.width).map(|x| &buffer[(x, y)]);
        let hit = cells.filter(|cell| Some(cell.fg) == Role::Hit.style().fg);
        hit.map(Cell::symbol).collect::<String>()
    });
    lines.filter(|line| !line.is_empty()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn finding_goes_from_hit_to_hit_and_back_to_where_it_began() {
    let mut screen = Screen::on(SHOOT).await;
    screen.keys("j/img");
    assert_eq!(here(&screen), "IMG_10.heic");
    assert!(
        screen.text().contains(" find: img  1 of 3"),
        "{}",
        screen.text()
    );
    assert_eq!(hits(&mut screen), ["IMG", "IMG", "IMG"]);
    screen.keys("<Esc>");
    assert_eq!(here(&screen), "delivery");
    assert!(hits(&mut screen).is_empty());
    screen.keys("/img<Down>");
    assert_eq!(here(&screen), "IMG_2231.heic");
    screen.keys("<Enter>n");
    assert_eq!(
        (here(&screen).as_str(), screen.message()),
        ("IMG_2232.heic", "img: 3 of 3")
    );
    screen.keys("n");
    assert_eq!(
        (here(&screen).as_str(), screen.message()),
        ("IMG_10.heic", "img: 1 of 3")
    );
    screen.keys("2N");
    assert_eq!(
        (here(&screen).as_str(), screen.message()),
        ("IMG_2231.heic", "img: 2 of 3")
    );
    screen.keys("/size:..100K<Enter>");
    assert_eq!(here(&screen), "notes - 场记.txt");
    screen.keys("/nothing like it");
    assert!(screen.text().contains("nothing here"));
    screen.keys("<Enter>n");
    assert_eq!(screen.message(), "nothing like it: nothing here");
    screen.keys("<Esc>n");
    assert!(screen.message().contains("/ finds in the list"));
    screen.keys("/size:");
    screen.keys("<Enter>");
    assert!(
        screen.state.prompt.is_some(),
        "what is no rule yet stays open"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fuzzy_filter_takes_letters_in_their_order_and_goes_to_the_best_row() {
    let mut screen = Screen::on(SHOOT).await;
    screen.keys("fig1<C-t>");
    assert_snapshot!("fuzzy filter", screen.text());
    assert_eq!(here(&screen), "IMG_10.heic");
    assert_eq!(hits(&mut screen), ["IG1", "IG1"]);
    screen.keys("<C-u>片2废<Enter>");
    assert_eq!(hits(&mut screen), ["片2废"]);
    assert!(
        screen.text().contains("filter, fuzzy: 片2废 (1 of 9)"),
        "{}",
        screen.text()
    );
    screen.keys("f<C-t>");
    assert!(screen.text().contains("(0 of 9)"), "the same words, plain");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_line_is_plain_unless_the_filter_that_is_set_is_fuzzy() {
    let mut screen = Screen::on(SHOOT).await;
    screen.keys("f<C-t>fig1<Esc>f");
    assert!(!screen.text().contains("fuzzy:"), "{}", screen.text());
    screen.keys("<Esc>f<C-t>fig1<Enter>/");
    assert!(!screen.text().contains("find, fuzzy:"), "{}", screen.text());
    screen.keys("<Esc>f");
    assert!(
        screen.text().contains("filter, fuzzy:"),
        "{}",
        screen.text()
    );
}

fn hits_of(screen: &mut Screen) -> String {
    hits(screen).concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_rule_has_found_stands_out_in_any_name() {
    let names = [
        ("Cafe\u{301} final.mov", 1),
        ("ｔａｋｅ２.wav", 1),
        ("שלום_take.mov", 1),
        ("a\u{1b}[31mtake", 1),
        ("👨‍👩‍👧 family take.jpg", 1),
        (
            "a_very_long_name_of_a_take_that_will_not_fit_into_the_row_at_all_and_is_cut_take.mov",
            1,
        ),
    ];
    let mut screen = Screen::on(&names).await;
    screen.keys("ftake<Enter>");
    assert_snapshot!("hits in hard names", screen.text());
    assert_eq!(hits_of(&mut screen).matches('t').count(), 5);
    screen.keys("f<C-u>cafe<Enter>");
    assert_eq!(hits_of(&mut screen), "Cafe\u{301}");
    screen.keys("f<C-u>*l*.m?v<Enter>");
    assert_eq!(hits_of(&mut screen), "l.mvl.mv");
    screen.keys("f<C-u>/m[iy]|l{2,}/<Enter>");
    assert_eq!(hits_of(&mut screen), "mi", "the other one has given way");
    screen.keys("f<C-u>!take<Enter>");
    assert_eq!(
        hits_of(&mut screen),
        "",
        "what must not be there cannot be shown"
    );
}
