//! A folder with more rows than are sorted or filtered at once.

use super::*;
use mediasweep::tui::msg::Msg;

/// More than are looked at in one piece.
const MANY: u32 = 20_000;

async fn many() -> Screen {
    let mut screen = Screen::with(&[], |_, _| ()).await;
    for number in 0..MANY {
        let name = format!(
            "f{number:05}.{}",
            if number % 4 == 0 { "mov" } else { "txt" }
        );
        fs::write(screen.service.root.path().join(name), "").unwrap();
    }
    screen.settle().await;
    screen.keys("R");
    screen.settle().await;
    screen
}

fn work_off(screen: &mut Screen) -> usize {
    let mut pieces = 0;
    while screen.state.has_work() {
        screen.take(Msg::Spare);
        pieces += 1;
    }
    pieces
}

#[tokio::test(flavor = "multi_thread")]
async fn long_work_goes_on_between_the_keys_and_nothing_is_done_to_rows_of_before() {
    let mut screen = many().await;
    screen.keys("f.mov");
    assert!(screen.text().contains("filter: .mov (... of 20,000)"));
    // Rows of before can still be walked through.
    screen.keys("<Down><Down>");
    assert_eq!(screen.state.browser.cursor.row, 2);
    assert!(work_off(&mut screen) > 1);
    assert!(screen.text().contains("filter: .mov (5,000 of 20,000)"));

    screen.keys("<Esc>f.txt<Enter>,N");
    assert!(screen.state.has_work());
    screen.keys("<C-a>");
    assert_eq!(screen.state.marks.totals().count, 15_000);
    assert!(!screen.state.has_work());
    screen.keys("G");
    assert!(screen.text().contains("+ f00001.txt"), "{}", screen.text());

    screen.keys("f<C-u><Enter>-ext:txt");
    assert!(screen.text().contains("counting ..."), "{}", screen.text());
    assert!(work_off(&mut screen) > 0);
    assert!(screen.text().contains("15,000 match here, 15,000 marked"));
    screen.keys("<Enter>");
    assert_eq!(screen.state.marks.totals().count, 0);
}
