//! Many names at once: a list that somebody has edited, and the moves that it asks for.

use rustc_hash::{FxHashMap, FxHashSet};

use super::conflict::Strategy;
use super::entry::Kind;
use super::format::{count, counted, printable};
use super::job::{JobSpec, Relocation, Target};
use super::path::RemotePath;
use crate::texts::tr;

/// The end of a name that an entry has for a moment, while its new one is still in use.
const FOR_A_MOMENT: &str = " (renaming)";

/// Entries and their new names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renames {
    /// What is renamed, and the path that it will have.
    pub pairs: Vec<(Target, RemotePath)>,
    /// How many have another name for a moment, because theirs is still that of another one.
    pub detours: usize,
    moves: Vec<Relocation>,
}

impl Renames {
    /// The list that is to be edited: one name a line. Names that do not fit into a line are not for
    /// such a list.
    pub fn list(targets: &[Target]) -> String {
        let mut text = String::new();
        for target in targets {
            text.push_str(target.path.name());
            text.push('\n');
        }
        text
    }

    /// Whether the name of an entry fits into a line.
    pub fn fits(path: &RemotePath) -> bool {
        !path.name().contains(['\n', '\r'])
    }

    /// Reads the list after it was edited; `is_taken` tells whether something else than `targets` is
    /// known to have a path.
    ///
    /// # Errors
    /// A sentence about the first line that cannot be.
    pub fn read(
        targets: &[Target],
        text: &str,
        is_taken: impl Fn(&RemotePath) -> bool,
    ) -> Result<Self, String> {
        let lines: Vec<&str> = text.lines().collect();
        if lines.len() != targets.len() {
            return Err(tr!(
                "The list has {lines}, and {wanted} are wanted",
                lines = counted(lines.len(), "line"),
                wanted = count(targets.len())
            ));
        }
        let olds: FxHashSet<&RemotePath> = targets.iter().map(|target| &target.path).collect();
        let mut news: FxHashMap<RemotePath, usize> = FxHashMap::default();
        let mut pairs = Vec::new();
        for (number, (target, name)) in targets.iter().zip(lines).enumerate() {
            let line = number + 1;
            let parent = target.path.parent().unwrap_or_else(RemotePath::root);
            let to = parent.join(name);
            let to = to.map_err(|error| tr!("Line {line}: {error}", line, error))?;
            let shown = printable(name);
            if let Some(other) = news.insert(to.clone(), line) {
                return Err(tr!(
                    "Lines {other} and {line} are both {shown}",
                    other,
                    line,
                    shown
                ));
            }
            if to == target.path {
                continue;
            }
            if !olds.contains(&to) && is_taken(&to) {
                return Err(tr!("Line {line}: the name {shown} is taken", line, shown));
            }
            pairs.push((target.clone(), to));
        }
        // What lies inside a folder is renamed before the folder is.
        pairs.sort_by_key(|(target, _)| std::cmp::Reverse(depth(target)));
        let is_used =
            |path: &RemotePath| olds.contains(path) || news.contains_key(path) || is_taken(path);
        let mut moves = Vec::with_capacity(pairs.len());
        let mut detours = 0;
        for level in pairs.chunk_by(|(one, _), (other, _)| depth(one) == depth(other)) {
            detours += add_moves(&mut moves, level, is_used);
        }
        Ok(Self {
            pairs,
            detours,
            moves,
        })
    }

    /// The job that does it.
    pub fn spec(&self) -> JobSpec {
        JobSpec::Move(self.moves.iter().cloned().collect())
    }
}

fn depth(target: &Target) -> usize {
    target.path.components().count()
}

/// Adds moves in an order in which no name is needed while it is in use: an entry whose new name is
/// that of another one steps aside first, and takes it once all others have left theirs. Says how many
/// step aside.
fn add_moves(
    moves: &mut Vec<Relocation>,
    pairs: &[(Target, RemotePath)],
    is_used: impl Fn(&RemotePath) -> bool,
) -> usize {
    let leaving: FxHashSet<&RemotePath> = pairs.iter().map(|(target, _)| &target.path).collect();
    let step = |from: &RemotePath, to: &RemotePath, target: &Target| Relocation {
        from: from.clone(),
        to: to.clone(),
        strategy: Strategy::Ask,
        size: target.size.filter(|_| target.kind != Kind::Directory),
    };
    let mut then = Vec::new();
    for (target, to) in pairs {
        if !leaving.contains(to) {
            moves.push(step(&target.path, to, target));
            continue;
        }
        let aside = aside(to, &is_used);
        moves.push(step(&target.path, &aside, target));
        then.push(step(&aside, to, target));
    }
    let detours = then.len();
    moves.extend(then);
    detours
}

/// A path beside this one that nothing is known to have.
fn aside(path: &RemotePath, is_used: impl Fn(&RemotePath) -> bool) -> RemotePath {
    let parent = path.parent().unwrap_or_else(RemotePath::root);
    let mut name = format!("{}{FOR_A_MOMENT}", path.name());
    loop {
        match parent.join(&name) {
            Ok(aside) if !is_used(&aside) => return aside,
            // It can be joined, for it is a name with more behind it.
            _ => name.push_str(FOR_A_MOMENT),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn path(text: &str) -> RemotePath {
        RemotePath::parse(text).unwrap()
    }

    fn files(paths: &[&str]) -> Vec<Target> {
        let file = |text: &&str| Target::new(path(text), Kind::File, Some(1));
        paths.iter().map(file).collect()
    }

    /// The entries after the moves, each with the name that it had at first.
    fn renamed(old: &[&str], new: &[&str]) -> Vec<(String, String)> {
        let renames = Renames::read(&files(old), &new.join("\n"), |_| false).unwrap();
        let mut there: FxHashMap<RemotePath, String> = old
            .iter()
            .map(|name| (path(name), (*name).to_owned()))
            .collect();
        for step in &renames.moves {
            assert!(!there.contains_key(&step.to), "{} is in use", step.to);
            let moved = there.remove(&step.from).unwrap();
            there.insert(step.to.clone(), moved);
        }
        let named = |(path, old): (RemotePath, String)| (old, path.as_str().to_owned());
        let mut all: Vec<_> = there.into_iter().map(named).collect();
        all.sort();
        all
    }

    #[test]
    fn swaps_circles_and_chains_end_as_they_were_asked_for() {
        let old = ["a", "b", "c", "d", "e"];
        for new in [
            ["b", "a", "c", "d", "e"],
            ["b", "c", "a", "e", "d"],
            ["b", "c", "d", "e", "f"],
            ["f", "a", "b", "c", "d"],
            ["x", "y", "z", "d", "e"],
        ] {
            let expected: Vec<_> = old
                .iter()
                .zip(new)
                .map(|(old, new)| ((*old).to_owned(), new.to_owned()))
                .collect();
            assert_eq!(renamed(&old, &new), expected);
        }
    }

    #[test]
    fn what_is_not_changed_is_not_sent_and_the_inside_goes_before_its_folder() {
        let old = files(&["raw", "raw/a", "raw/b", "z"]);
        let renames = Renames::read(&old, "roh\nb\na\nz\n", |_| false).unwrap();
        let steps: Vec<_> = renames
            .moves
            .iter()
            .map(|step| (step.from.as_str(), step.to.as_str()))
            .collect();
        assert_eq!(
            steps,
            [
                ("raw/a", "raw/b (renaming)"),
                ("raw/b", "raw/a (renaming)"),
                ("raw/b (renaming)", "raw/b"),
                ("raw/a (renaming)", "raw/a"),
                ("raw", "roh"),
            ]
        );
        assert_eq!(renames.detours, 2);
    }

    #[test]
    fn a_list_that_cannot_be_says_why() {
        let old = files(&["a", "b", "in/c"]);
        let told = |text| {
            let is_taken = |path: &RemotePath| path.as_str() == "taken";
            Renames::read(&old, text, is_taken).unwrap_err()
        };
        assert_eq!(told("a\nb\n"), "The list has 2 lines, and 3 are wanted");
        assert_eq!(told("x\nx\nc\n"), "Lines 1 and 2 are both x");
        assert_eq!(told("a\ntaken\nc\n"), "Line 2: the name taken is taken");
        assert_eq!(
            told("a\n\nc\n"),
            "Line 2: a name may not be empty and may not hold a slash"
        );
        assert_eq!(
            told("a\nin/b\nc\n"),
            "Line 2: a name may not be empty and may not hold a slash"
        );
        // The same name in another folder is another name.
        assert!(Renames::read(&old, "c\nb\nc", |_| false).is_ok());
    }
}
