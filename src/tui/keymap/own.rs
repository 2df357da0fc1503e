//! A user's own keys, laid over those of the program.
//!
//! One table per context, the key on the left and what it calls on the right: the word of an action,
//! a line as it could be typed after `:`, or `none`. All mistakes are told, not only the first.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::str::FromStr;

use strum::{EnumIter, EnumString, IntoEnumIterator, IntoStaticStr};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Binding, Call, Context, Key, Keymap, read, spell};
use crate::config::written::{Fault, did_you_mean, line_at};
use crate::tui::action::Action;

/// Sets of keys to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Preset {
    /// The keys of the program, close to those of yazi.
    Yazi,
    /// Closer to ranger and vim.
    Ranger,
    /// Arrows and function keys, for hands that know no vi.
    Arrows,
}

impl Preset {
    /// What it changes, written like a user's own keys.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Yazi => "",
            Self::Ranger => include_str!("../../../assets/keys/ranger.toml"),
            Self::Arrows => include_str!("../../../assets/keys/arrows.toml"),
        }
    }
}

/// One line of a user's keys.
struct Line {
    at: usize,
    context: Context,
    keys: Vec<Key>,
    /// None frees the key.
    call: Option<Call>,
}

/// Reads a user's keys over the preset that they name.
///
/// # Errors
/// Everything that is wrong, by line: unknown tables, keys and words with the nearest right one,
/// keys that are bound twice, and keys that are the beginning of another one.
pub fn read_over_preset(text: &str) -> Result<Keymap, Vec<Fault>> {
    let mut faults = Vec::new();
    let (preset, lines) = lines(text, &mut faults);
    let mut keymap = Keymap::default();
    if preset != Preset::Yazi {
        let mut none = Vec::new();
        let (_, changes) = self::lines(preset.text(), &mut none);
        keymap.lay_over(&changes);
    }
    keymap.lay_over(&lines);
    faults.extend(keymap.faults(&lines));
    faults.sort_by_key(|fault| fault.line);
    if faults.is_empty() {
        Ok(keymap)
    } else {
        Err(faults)
    }
}

fn lines(text: &str, faults: &mut Vec<Fault>) -> (Preset, Vec<Line>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut lines = Vec::new();
    let mut preset = Preset::Yazi;
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (name, value) in table.get_ref() {
        let (word, at) = (name.get_ref().as_ref(), line_at(text, name.span().start));
        let fault = |message| Fault { line: at, message };
        match (word, value.get_ref()) {
            ("preset", DeValue::String(chosen)) => {
                if let Ok(known) = Preset::from_str(chosen) {
                    preset = known;
                } else {
                    let known = Preset::iter().map(<&'static str>::from);
                    let hint = did_you_mean(chosen, known);
                    faults.push(fault(format!("there is no preset '{chosen}'{hint}")));
                }
            }
            (_, DeValue::Table(keys)) => {
                if let Ok(context) = Context::from_str(word) {
                    for (key, value) in keys {
                        let place = key.span().start;
                        places.entry(key.get_ref()).or_default().push(place);
                        match line(text, context, key, value) {
                            Ok(line) => lines.push(line),
                            Err(fault) => faults.push(fault),
                        }
                    }
                } else {
                    let known = Context::iter().map(<&'static str>::from);
                    let hint = did_you_mean(word, known);
                    faults.push(fault(format!("there is no list of keys [{word}]{hint}")));
                }
            }
            _ => faults.push(fault(format!(
                "'{word}' belongs into a table such as [browse], or should be preset = \"ranger\""
            ))),
        }
    }
    for error in errors {
        let span = error.span().unwrap_or_default();
        let word = text
            .get(span.clone())
            .unwrap_or_default()
            .trim_matches(['"', '\'']);
        // The parser keeps the first of two equal keys and names the place of the second.
        let first = places.get(word).and_then(|places| {
            let before = places.iter().filter(|place| **place < span.start);
            before.max().map(|place| line_at(text, *place))
        });
        let message = match (error.message(), first) {
            ("duplicate key", Some(first)) => format!("{word} is bound on line {first} already"),
            (message, _) => message.lines().collect::<Vec<_>>().join(" "),
        };
        let line = line_at(text, span.start);
        faults.push(Fault { line, message });
    }
    (preset, lines)
}

fn line(
    text: &str,
    context: Context,
    key: &Spanned<Cow<'_, str>>,
    value: &Spanned<DeValue<'_>>,
) -> Result<Line, Fault> {
    let at = line_at(text, key.span().start);
    let fault = |message| Fault { line: at, message };
    let keys = read(key.get_ref()).map_err(fault)?;
    if keys.is_empty() {
        return Err(fault("there is no key on the left".into()));
    }
    let DeValue::String(words) = value.get_ref() else {
        return Err(fault(format!(
            "what {} does is written in quotes",
            spell(&keys)
        )));
    };
    let call = match words.trim() {
        "none" => None,
        line if line.starts_with(':') || line.contains(' ') => {
            Some(Call::Line(line.trim_start_matches(':').trim().to_owned()))
        }
        word => {
            let action = Action::from_str(&word.replace('-', "_")).map_err(|_| {
                let hint = did_you_mean(word, Action::iter().map(Action::word));
                fault(format!("there is no action '{word}'{hint}"))
            })?;
            Some(Call::Action(action))
        }
    };
    Ok(Line {
        at,
        context,
        keys,
        call,
    })
}

impl Keymap {
    fn lay_over(&mut self, lines: &[Line]) {
        let mut freed = HashSet::new();
        for line in lines {
            let bindings = self.written.entry(line.context).or_default();
            for binding in bindings.iter_mut() {
                binding.keys.retain(|keys| *keys != line.keys);
            }
            let Some(call) = &line.call else {
                freed.insert((line.context, line.keys.clone()));
                continue;
            };
            let known = bindings.iter_mut().find(|binding| binding.call == *call);
            if let Some(binding) = known {
                // First, for the key bar has room for one.
                binding.keys.insert(0, line.keys.clone());
                continue;
            }
            let help = self.help_of(call);
            let keys = vec![line.keys.clone()];
            let call = call.clone();
            self.written.entry(line.context).or_default().push(Binding {
                keys,
                call,
                help,
                bar: None,
            });
        }
        self.share(&freed);
    }

    fn help_of(&self, call: &Call) -> String {
        let all = self.written.values().flatten();
        let same = all.into_iter().find(|binding| binding.call == *call);
        same.map_or_else(|| format!(":{call}"), |binding| binding.help.clone())
    }

    /// The conflicts that lines have brought, each told once and with both places.
    fn faults(&self, lines: &[Line]) -> Vec<Fault> {
        let mut found: BTreeSet<(usize, String)> = BTreeSet::new();
        let place: HashMap<(Context, &[Key]), usize> = lines
            .iter()
            .map(|line| ((line.context, line.keys.as_slice()), line.at))
            .collect();
        let mut seen: HashMap<(Context, &[Key]), usize> = HashMap::new();
        for line in lines {
            let key = (line.context, line.keys.as_slice());
            if let Some(first) = seen.insert(key, line.at) {
                let keys = spell(&line.keys);
                let (first, second) = (first.min(line.at), first.max(line.at));
                let message = format!("{keys} is bound on line {first} already");
                found.insert((second, message));
            }
        }
        for (context, one, other) in self.conflicts() {
            let at = |keys| {
                let own = place.get(&(context, keys)).copied();
                own.or_else(|| place.get(&(Context::Everywhere, keys)).copied())
            };
            let told = |keys: &[Key], line: Option<usize>| {
                if let Some(line) = line {
                    return format!("{} on line {line}", spell(keys));
                }
                let help = self
                    .bindings(context)
                    .find(|binding| binding.keys.iter().any(|own| own.as_slice() == keys));
                let help = help.map_or("", |binding| binding.help.as_str());
                let help = help.split([',', ';']).next().unwrap_or(help);
                format!("{} ({help}, by default)", spell(keys))
            };
            let (one_at, other_at) = (at(one), at(other));
            if one == other {
                continue;
            }
            let (one, other) = (told(one, one_at), told(other, other_at));
            let place = context.place();
            let message = format!(
                "in {place}, {one} is the beginning of {other}: give one of them another key, or \"none\""
            );
            found.insert((one_at.or(other_at).unwrap_or(1), message));
        }
        found
            .into_iter()
            .map(|(line, message)| Fault { line, message })
            .collect()
    }
}

/// The keys that hold with a user's own, written as those: what is not the user's is commented out.
///
/// # Errors
/// Those of [`read_over_preset`].
pub fn print(own: &str) -> Result<String, Vec<Fault>> {
    let keymap = read_over_preset(own)?;
    let (preset, own) = lines(own, &mut Vec::new());
    let mut text = String::from(
        "# Keys of your own. On the left a key or a sequence of keys, on the right what it does: the\n\
         # word of an action, a line as you would type it after `:`, or \"none\". What is not here\n\
         # stays as it is. mediasweep config check tells what does not fit together.\n\n\
         # yazi, ranger or arrows: what the keys below lie over.\n",
    );
    let name: &str = preset.into();
    let sign = if preset == Preset::Yazi { "# " } else { "" };
    let _ = writeln!(text, "{sign}preset = \"{name}\"");
    let quoted = |keys: &[Key]| {
        let keys: String = keys.iter().map(|key| key.written()).collect();
        toml::Value::String(keys)
    };
    for context in Context::iter() {
        let name: &str = context.into();
        let _ = write!(text, "\n# {}\n[{name}]\n", context.place());
        let own = || own.iter().filter(|line| line.context == context);
        for line in own() {
            let call = (line.call.as_ref()).map_or_else(|| "none".to_owned(), Call::to_string);
            let _ = writeln!(text, "{} = \"{call}\"", quoted(&line.keys));
        }
        for binding in keymap.own(context) {
            let is_own = |keys: &Vec<Key>| own().any(|line| line.keys == *keys);
            let keys: Vec<_> = binding.keys.iter().filter(|keys| !is_own(keys)).collect();
            if keys.is_empty() {
                continue;
            }
            let _ = write!(text, "\n# {}\n", binding.help);
            for keys in keys {
                let _ = writeln!(text, "# {} = \"{}\"", quoted(keys), binding.call);
            }
        }
    }
    Ok(text)
}

/// Every key of the program with its help and the list that it belongs to.
pub fn lines_of_help() -> Vec<(String, String, &'static str)> {
    let keymap = Keymap::default();
    keymap
        .all(Context::Browse)
        .map(|(context, binding)| {
            let keys: Vec<String> = binding.keys.iter().map(|keys| spell(keys)).collect();
            (keys.join(" "), binding.help.clone(), context.place())
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::tui::keymap::Meaning;

    fn faults(text: &str) -> Vec<String> {
        let faults = read_over_preset(text).unwrap_err();
        faults.iter().map(Fault::to_string).collect()
    }

    #[test]
    fn no_preset_has_a_conflict_and_each_reaches_every_action_by_keyboard() {
        for preset in Preset::iter() {
            let name: &str = preset.into();
            let keymap = read_over_preset(&format!("preset = \"{name}\"\n")).unwrap();
            assert_eq!(keymap.conflicts(), [], "{name}");
            // What a preset changes is written without a mistake too.
            let alone = read_over_preset(preset.text());
            assert!(alone.is_ok(), "{name}: {alone:?}");
            for action in Action::iter() {
                let has_key = |binding: &Binding| {
                    binding.call == Call::Action(action) && !binding.keys.is_empty()
                };
                let reached = Context::iter().any(|context| keymap.bindings(context).any(has_key));
                assert!(reached, "{name}: no key for {}", action.word());
                let told = keymap.all(Context::Browse).any(|(_, binding)| {
                    binding.call == Call::Action(action) && !binding.help.is_empty()
                });
                assert!(told, "{name}: the help does not tell {}", action.word());
            }
        }
    }

    #[test]
    fn what_is_printed_is_what_holds() {
        let printed = print("").unwrap().replace("\n# ", "\n");
        let written: String = printed
            .lines()
            .filter(|line| line.starts_with(['"', '\'', '[']))
            .flat_map(|line| [line, "\n"])
            .collect();
        let keymap = read_over_preset(&written).unwrap();
        let default = Keymap::default();
        assert!(written.lines().count() > 80, "{written}");
        for context in Context::iter() {
            for binding in default.bindings(context) {
                for keys in &binding.keys {
                    let meaning = Meaning::Call(binding.call.clone());
                    assert_eq!(keymap.meaning(context, keys), meaning, "{}", spell(keys));
                }
            }
        }
        assert_eq!(
            read_over_preset(&print("").unwrap()).unwrap().conflicts(),
            []
        );
    }

    #[test]
    fn a_preset_and_keys_of_ones_own_are_printed_as_they_hold() {
        let own = "preset = 'ranger'\n[browse]\n'<C-x>' = 'sort size'\nq = 'none'\n";
        let printed = print(own).unwrap();
        assert!(printed.contains("\npreset = \"ranger\"\n"), "{printed}");
        assert!(printed.contains("\"<C-x>\" = \"sort size\"\n"), "{printed}");
        assert!(printed.contains("\n\"q\" = \"none\"\n"), "{printed}");
        let (holds, again) = (
            read_over_preset(own).unwrap(),
            read_over_preset(&printed).unwrap(),
        );
        for context in Context::iter() {
            for binding in holds.bindings(context) {
                for keys in &binding.keys {
                    assert_eq!(again.meaning(context, keys), holds.meaning(context, keys));
                    let is_told = keys.iter().map(|key| key.written()).collect::<String>();
                    assert!(printed.contains(&is_told), "{is_told}");
                }
            }
        }
        let mut changed = 0;
        for line in lines(Preset::Ranger.text(), &mut Vec::new()).1 {
            let Some(call) = &line.call else { continue };
            let keys: String = line.keys.iter().map(|key| key.written()).collect();
            let written = format!("# {} = \"{call}\"", toml::Value::String(keys));
            assert!(printed.contains(&written), "{written}");
            changed += 1;
        }
        assert!(changed > 3);
    }

    #[test]
    fn keys_of_ones_own_go_before_those_of_the_program() {
        let keymap =
            read_over_preset("[browse]\nj = 'leave'\n'<C-x>' = 'sort size'\nq = 'none'").unwrap();
        let meaning = |context, keys| keymap.meaning(context, &read(keys).unwrap());
        let action = |action| Meaning::Call(Call::Action(action));
        assert_eq!(meaning(Context::Browse, "j"), action(Action::Leave));
        assert_eq!(meaning(Context::Marks, "j"), action(Action::Next));
        assert_eq!(meaning(Context::Browse, "q"), Meaning::Nothing);
        assert_eq!(
            meaning(Context::Browse, "<C-x>"),
            Meaning::Call(Call::Line("sort size".into()))
        );
    }

    #[test]
    fn what_is_unknown_is_told_with_its_line_and_the_nearest_word() {
        let text = "preset = 'rangr'\n[brwse]\nx = 'quit'\n[marks]\nx = 'togle'\n'<Dn>' = 'next'\n";
        assert_eq!(
            faults(text),
            [
                "line 1: there is no preset 'rangr'; did you mean 'ranger'?",
                "line 2: there is no list of keys [brwse]; did you mean 'browse'?",
                "line 5: there is no action 'togle'; did you mean 'toggle'?",
                "line 6: <Dn> is not a key; did you mean 'Down'?",
            ]
        );
    }

    #[test]
    fn double_keys_and_beginnings_are_told_with_both_lines() {
        let text = "[browse]\n'<C-x>' = 'undo'\nK = 'undo'\n'<C-x>' = 'quit'\n";
        assert_eq!(faults(text), ["line 4: <C-x> is bound on line 2 already"]);
        let text = "[browse]\n' ' = 'undo'\n'<Space>' = 'quit'\n";
        assert_eq!(faults(text), ["line 3: Space is bound on line 2 already"]);
        let text = "[browse]\nK = 'undo'\nKx = 'quit'\n";
        assert_eq!(
            faults(text),
            [
                "line 2: in the list, K on line 2 is the beginning of Kx on line 3: give one of them another key, or \"none\""
            ]
        );
        let found = faults("[browse]\ng = 'root'\n");
        assert!(
            found[0].contains("g on line 2 is the beginning of g"),
            "{found:?}"
        );
        assert!(found[0].contains("by default"), "{found:?}");
    }
}
