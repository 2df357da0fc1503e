//! What things cost, ours beside the bare calls, round by round.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// What something cost once.
#[derive(Clone, Copy, Default)]
pub struct Cost {
    /// Time by the clock.
    pub wall: Duration,
    /// Time of processors, our own and the system's for us.
    pub cpu: Duration,
}

/// What the service and the bare calls cost, taking turns.
pub struct Pairs {
    what: String,
    goal: Option<f64>,
    rounds: Vec<(Cost, Cost)>,
}

impl Pairs {
    /// Nothing measured yet; `goal` is the highest ratio that is good enough.
    pub fn new(what: &str, goal: impl Into<Option<f64>>) -> Self {
        Self {
            what: what.to_owned(),
            goal: goal.into(),
            rounds: Vec::new(),
        }
    }

    /// Adds a round.
    pub fn add(&mut self, ours: Cost, bare: Cost) {
        self.rounds.push((ours, bare));
    }

    /// Prints the medians, and the ratio of each round: median, least and greatest. The ratio of
    /// processor time is of all rounds together, because one round may be less than a tick.
    pub fn print(&self) {
        let ratio = |(ours, bare): &(Cost, Cost)| ours.wall.as_secs_f64() / bare.wall.as_secs_f64();
        let mut ratios: Vec<_> = self.rounds.iter().map(ratio).collect();
        ratios.sort_unstable_by(f64::total_cmp);
        let middle = ratios[ratios.len() / 2];
        let cpu = |side: fn(&(Cost, Cost)) -> Cost| -> Duration {
            self.rounds.iter().map(|round| side(round).cpu).sum()
        };
        let used = cpu(|round| round.0).as_secs_f64() / cpu(|round| round.1).as_secs_f64();
        let verdict = match self.goal {
            Some(goal) if middle <= goal => format!("<= {goal} met"),
            Some(goal) => format!("<= {goal} MISSED"),
            None => String::new(),
        };
        println!(
            "{:<54}{:>9.1}{:>9.1}{middle:>7.2}{:>7.2}{:>7.2}{used:>7.2}  {verdict}",
            self.what,
            millis(median(self.rounds.iter().map(|round| round.0.wall))),
            millis(median(self.rounds.iter().map(|round| round.1.wall))),
            ratios[0],
            ratios[ratios.len() - 1],
        );
    }
}

/// The line above the rows of [`Pairs::print`].
pub fn print_head() {
    println!(
        "{:<54}{:>9}{:>9}{:>7}{:>7}{:>7}{:>7}  goal",
        "", "ours ms", "bare ms", "ratio", "least", "most", "cpu"
    );
}

/// Prints a figure that has nothing to be compared with.
pub fn tell(what: &str, figure: &str, goal: &str) {
    println!("{what:<54}{figure:>18}{:>28}{goal}", "");
}

/// Median, least and greatest of some times, in milliseconds.
pub fn spread(times: &[Duration]) -> String {
    let least = times.iter().min().copied().unwrap_or_default();
    let most = times.iter().max().copied().unwrap_or_default();
    format!(
        "{:.2} ({:.2}..{:.2})",
        millis(median(times.iter().copied())),
        millis(least),
        millis(most)
    )
}

/// What work of this process costs.
pub fn bare(work: impl FnOnce()) -> Cost {
    let (start, before) = (Instant::now(), own_cpu());
    work();
    Cost {
        wall: start.elapsed(),
        cpu: own_cpu() - before,
    }
}

fn own_cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap()
}

pub fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<_> = times.collect();
    times.sort_unstable();
    times[times.len() / 2]
}

pub fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

pub fn mebibytes(bytes: f64) -> f64 {
    bytes / f64::from(1 << 20)
}
