//! A folder with more rows than are sorted or filtered at once.

use super::*;
use crate::support::TestService;
use harness::{noon, still};
use mediasweep::jobs::log::JobLog;
use mediasweep::tui::msg::Msg;
use mediasweep::tui::state::plan::DryRun;

/// More than are looked at in one piece.
const MANY: u32 = 20_000;

async fn many(log: Option<JobLog>) -> Screen {
    let service = TestService::with(|config| config.clock = noon).await;
    for number in 0..MANY {
        let name = format!(
            "f{number:05}.{}",
            if number % 4 == 0 { "mov" } else { "txt" }
        );
        fs::write(service.root.path().join(name), "").unwrap();
    }
    let policy = still();
    let mut screen = Screen::at(service, log, policy);
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
    let mut screen = many(None).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_of_many_is_worked_out_beside_the_screen_and_hears_no_key_until_it_is_asked() {
    let logs = tempfile::tempdir().unwrap();
    let mut screen = many(Some(JobLog::open(logs.path()).unwrap())).await;
    screen.keys("<C-a>d");
    let working = "Working out the plan for 20,000 items";
    assert!(screen.text().contains(working), "{}", screen.text());
    // Keys that were meant for the question reach neither it nor the list.
    screen.keys("jy<Space>");
    assert_eq!(screen.state.browser.cursor.row, 0);
    assert_eq!(screen.state.marks.totals().count, 20_000);
    screen.keys("<Esc>");
    assert!(screen.text().contains("Nothing is asked"));
    screen.settle().await;
    assert!(screen.state.question.is_none(), "it was dropped");

    screen.keys("d");
    screen.settle().await;
    assert!(screen.text().contains("move 20000"), "{}", screen.text());
    screen.keys("p");
    assert!(screen.text().contains(working), "{}", screen.text());
    screen.settle().await;
    assert!(
        screen
            .text()
            .contains("Plan: recycle ────────── 20,000 items   over your limit"),
        "{}",
        screen.text()
    );

    // What was left out stays left out, whatever is asked for while the plan is away.
    screen.keys("l<Down><Space>y<Esc>");
    assert!(screen.state.plan.is_none(), "{}", screen.text());
    screen.keys("<Esc>gp");
    let still = "Working out the plan for 20,000 items ...\n";
    assert!(screen.text().contains(still), "{}", screen.text());
    assert!(screen.state.plan.is_none());
    screen.settle().await;
    screen.keys("gp");
    screen.settle().await;
    // Its rows are chosen and sorted between the keys, and those of before stay until then.
    let rows = |screen: &Screen| screen.state.plan.as_ref().unwrap().rows.len();
    screen.keys("f.mov");
    assert_eq!(rows(&screen), 20_001);
    assert!(work_off(&mut screen) > 1);
    assert_eq!(rows(&screen), 5_001);
    screen.keys("<Enter>,S");
    assert!(screen.state.has_work());
    // A key that acts does so on the rows that were asked for.
    screen.keys("h");
    assert_eq!(rows(&screen), 1);
    assert!(!screen.state.has_work());
    screen.keys("<Esc>l");
    assert_eq!(rows(&screen), 20_001);
    // A dry run that goes on is stopped: what it found while the plan is away would be lost.
    screen.keys("ty");
    screen.settle().await;
    let draft = screen.state.plan.as_ref().unwrap();
    assert!(matches!(draft.dry_run, DryRun::Over { .. }));
    assert!(screen.text().contains("move 19999"), "{}", screen.text());
    screen.keys("move 19999<Enter>");
    screen
        .until("half of the log", |state| {
            let job = state.jobs.shown().next();
            job.is_some_and(|job| job.phase == Phase::Running(Activity::Noting(10_000)))
        })
        .await;
    let noting = "writing the job log, 10,000 of 19,999 items ";
    assert!(screen.text().contains(noting), "{}", screen.text());
    screen.settle().await;
    let left = fs::read_dir(screen.service.root.path()).unwrap();
    let left = left.filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        !name.to_string_lossy().starts_with('.')
    });
    assert_eq!(left.count(), 1);
}
