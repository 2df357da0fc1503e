//! The screen in Simplified Chinese.

use insta::assert_snapshot;

use super::SHOOT;
use super::harness::{InChinese, Screen};

#[tokio::test(flavor = "multi_thread")]
async fn marks_speak_chinese() {
    let _chinese = InChinese::begin();
    let mut screen = Screen::on(SHOOT).await;
    screen.keys("<C-a>");
    assert_snapshot!(screen.text());
}
