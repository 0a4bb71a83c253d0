//! The words of all languages, read once from `data/quantity/`.

use super::value::Value;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

/// A map of this module's own data: its keys are short and not an attacker's, so that a plain hash is safe and quick.
pub(super) type HashMap<K, V> = std::collections::HashMap<K, V, BuildHasherDefault<Quick>>;
/// A set of this module's own data.
pub(super) type HashSet<K> = std::collections::HashSet<K, BuildHasherDefault<Quick>>;

/// The FNV-1a hash.
pub(super) struct Quick(u64);

impl Default for Quick {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Quick {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            // The prime of FNV for 64 bits, as the offset above.
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// The languages whose everyday words are known, in the order of [`Lang`].
pub(super) const LANGUAGES: [&str; 8] = ["en", "de", "fr", "es", "it", "pt", "nl", "ru"];

/// A language of number words: an index into [`LANGUAGES`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Lang(u8);

impl Lang {
    pub(super) const EN: Self = Self(0);
    pub(super) const DE: Self = Self(1);
    pub(super) const FR: Self = Self(2);
    pub(super) const ES: Self = Self(3);
    pub(super) const IT: Self = Self(4);
    pub(super) const PT: Self = Self(5);
    pub(super) const NL: Self = Self(6);

    fn of(code: &str) -> Option<Self> {
        let index = LANGUAGES.iter().position(|&known| known == code)?;
        u8::try_from(index).ok().map(Self)
    }

    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The part a number word takes in a number; `data/quantity/numbers.txt` explains each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Class {
    One,
    Teen,
    Ten,
    Hundred,
    Fixed,
    Scale,
    And,
    Article,
    Whole,
    Part,
    Half,
}

/// A number word of a language.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Numeral {
    pub(super) lang: Lang,
    pub(super) class: Class,
    pub(super) value: Value,
}

/// How readily a name is taken for a month or weekday.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Trust {
    Full,
    Short,
    Trap,
}

/// A month or a weekday, from 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Named {
    pub(super) number: u8,
    pub(super) trust: Trust,
    pub(super) lang: Option<Lang>,
}

/// What a unit's name stands for: so many of a base unit, or an adverb such as "daily".
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct UnitName {
    pub(super) base: &'static str,
    pub(super) scale: Value,
    pub(super) every: bool,
}

/// A list of phrases, and how many tokens the longest may have.
#[derive(Default)]
pub(super) struct Phrases {
    pub(super) words: HashSet<&'static str>,
    pub(super) latin: usize,
    pub(super) cjk: usize,
    /// How the phrases begin: most positions of a text are passed over by this alone.
    pub(super) firsts: HashSet<String>,
}

/// Everything read from the data files.
#[derive(Default)]
pub(super) struct Tables {
    pub(super) numbers: HashMap<&'static str, Vec<Numeral>>,
    pub(super) pieces: HashMap<&'static str, Vec<Numeral>>,
    pub(super) months: HashMap<String, Vec<Named>>,
    pub(super) weekdays: HashMap<String, Vec<Named>>,
    pub(super) ordinals: HashMap<&'static str, Vec<(u32, Lang)>>,
    pub(super) symbols: HashMap<&'static str, Vec<UnitName>>,
    pub(super) units: HashMap<String, Vec<UnitName>>,
    pub(super) starts: HashSet<String>,
    pub(super) unit_firsts: HashSet<String>,
    pub(super) lists: HashMap<&'static str, Phrases>,
    pub(super) factors: HashMap<&'static str, i128>,
    pub(super) votes: HashMap<&'static str, Vec<Lang>>,
    pub(super) traps: HashSet<(Lang, &'static str)>,
}

/// The tables; a line that does not parse is left out, and a test holds that none is.
pub(super) static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut tables = Tables::default();
    for (file, add) in FILES {
        for line in lines(file) {
            // The test below reads each line again and fails on one that is not understood.
            let _understood = add(&mut tables, line);
        }
    }
    tables.starts = starts(&tables);
    tables
});

/// The lists whose words a quantity may begin with.
const STARTING: [&str; 25] = [
    "article",
    "every",
    "every-cjk",
    "per",
    "minus",
    "once",
    "factor",
    "noon",
    "midnight",
    "version",
    "before-dawn",
    "before-morning",
    "before-noon",
    "before-afternoon",
    "before-night",
    "before-deep-night",
    "identifier",
    "skip",
    "label",
    "o-clock",
    "keep",
    "times",
    "quarter",
    "of-the",
    "per-after-times",
];

/// What a quantity may begin with, so that the readers need not look at every word of a text.
fn starts(tables: &Tables) -> HashSet<String> {
    let names = tables
        .numbers
        .keys()
        .chain(tables.ordinals.keys())
        .map(|name| first_token(name));
    let days = tables
        .months
        .keys()
        .chain(tables.weekdays.keys())
        .map(|name| first_token(name));
    let lists = STARTING
        .iter()
        .filter_map(|list| tables.lists.get(list))
        .flat_map(|phrases| phrases.firsts.iter().cloned());
    let signs = "〇零一二两兩三四五六七八九十百千万萬亿億廿卅壹贰貳弐叁參参叄肆伍陆陸柒捌玖拾佰仟壱半第最令平昭民版兆负負按隔差";
    let signs = signs.chars().map(String::from);
    let letters = ["v", "q"].map(String::from);
    // "the eighties"
    let decades = tables
        .numbers
        .keys()
        .filter_map(|name| Some(format!("{}ties", name.strip_suffix("ty")?)));
    names
        .chain(decades)
        .chain(days)
        .chain(lists)
        .chain(signs)
        .chain(letters)
        .chain(tables.unit_firsts.iter().cloned())
        .collect()
}

type Add = fn(&mut Tables, &'static str) -> Option<()>;

const FILES: [(&str, Add); 6] = [
    (include_str!("../../data/quantity/numbers.txt"), add_number),
    (
        include_str!("../../data/quantity/ordinals.txt"),
        add_ordinal,
    ),
    (include_str!("../../data/quantity/calendar.txt"), add_named),
    (include_str!("../../data/quantity/units.txt"), add_unit),
    (include_str!("../../data/quantity/words.txt"), add_list),
    (include_str!("../../data/quantity/hints.txt"), add_hint),
];

fn lines(file: &'static str) -> impl Iterator<Item = &'static str> {
    file.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("# "))
}

fn names(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split(", ")
        .map(str::trim)
        .filter(|name| !name.is_empty())
}

fn add_number(tables: &mut Tables, line: &'static str) -> Option<()> {
    let mut fields = line.splitn(4, ' ');
    let (lang, class) = (Lang::of(fields.next()?)?, class(fields.next()?)?);
    let numeral = Numeral {
        lang,
        class,
        value: ratio(fields.next()?)?,
    };
    for name in names(fields.next()?) {
        let piece = name.trim_start_matches('~');
        if piece.len() == name.len() {
            tables.numbers.entry(name).or_default().push(numeral);
        }
        if [Lang::DE, Lang::IT, Lang::NL].contains(&lang) {
            tables.pieces.entry(piece).or_default().push(numeral);
        }
    }
    Some(())
}

fn class(name: &str) -> Option<Class> {
    Some(match name {
        "one" => Class::One,
        "teen" => Class::Teen,
        "ten" => Class::Ten,
        "hundred" => Class::Hundred,
        "fixed" => Class::Fixed,
        "scale" => Class::Scale,
        "and" => Class::And,
        "article" => Class::Article,
        "whole" => Class::Whole,
        "part" => Class::Part,
        "half" => Class::Half,
        _ => return None,
    })
}

fn add_ordinal(tables: &mut Tables, line: &'static str) -> Option<()> {
    let mut fields = line.splitn(3, ' ');
    let (rank, lang) = (fields.next()?.parse().ok()?, Lang::of(fields.next()?)?);
    for name in names(fields.next()?) {
        tables.ordinals.entry(name).or_default().push((rank, lang));
    }
    Some(())
}

fn add_named(tables: &mut Tables, line: &'static str) -> Option<()> {
    let mut fields = line.splitn(5, ' ');
    let into = if fields.next()? == "month" {
        &mut tables.months
    } else {
        &mut tables.weekdays
    };
    let number = fields.next()?.parse().ok()?;
    let trust = match fields.next()? {
        "full" => Trust::Full,
        "short" => Trust::Short,
        _ => Trust::Trap,
    };
    let named = Named {
        number,
        trust,
        lang: Lang::of(fields.next()?),
    };
    for name in names(fields.next()?) {
        into.entry(name.to_lowercase()).or_default().push(named);
    }
    Some(())
}

fn add_unit(tables: &mut Tables, line: &'static str) -> Option<()> {
    let mut fields = line.splitn(4, ' ');
    let base = fields.next()?;
    let every = base.starts_with("every:");
    let base = base.trim_start_matches("every:");
    let base = if base == "count" {
        super::Unit::COUNT.name()
    } else {
        base
    };
    let unit = UnitName {
        base,
        scale: ratio(fields.next()?)?,
        every,
    };
    let is_symbol = fields.next()? == "=";
    for name in names(fields.next()?) {
        tables.unit_firsts.insert(first_token(name));
        if is_symbol {
            tables.symbols.entry(name).or_default().push(unit);
        } else {
            tables
                .units
                .entry(name.to_lowercase())
                .or_default()
                .push(unit);
        }
    }
    Some(())
}

fn ratio(text: &str) -> Option<Value> {
    let (top, bottom) = text.split_once('/').unwrap_or((text, "1"));
    Value::fraction(top.parse().ok()?, bottom.parse().ok()?)
}

fn add_list(tables: &mut Tables, line: &'static str) -> Option<()> {
    let (list, words) = line.split_once(": ")?;
    for name in names(words) {
        let name = if list == "factor" {
            add_factor(tables, name)?
        } else {
            name
        };
        let phrases = tables.lists.entry(list).or_default();
        phrases.words.insert(name);
        phrases.firsts.insert(first_token(name));
        phrases.latin = phrases.latin.max(tokens_of(name));
        phrases.cjk = phrases.cjk.max(name.chars().count());
    }
    Some(())
}

/// The token a phrase begins with, as [`super::tokens::Text::key`] gives it.
fn first_token(name: &str) -> String {
    super::tokens::first(&name.to_lowercase()).to_owned()
}

/// How many tokens a phrase has at most: one for each of its letter runs and marks.
fn tokens_of(name: &str) -> usize {
    let marks = name.chars().filter(|c| !c.is_alphabetic()).count();
    2 * marks + 1
}

fn add_factor(tables: &mut Tables, entry: &'static str) -> Option<&'static str> {
    let (factor, name) = entry.split_once(' ')?;
    tables.factors.insert(name, factor.parse().ok()?);
    Some(name)
}

fn add_hint(tables: &mut Tables, line: &'static str) -> Option<()> {
    let (first, rest) = line.split_once(' ')?;
    if first == "trap" {
        let (lang, words) = rest.split_once(' ')?;
        let lang = Lang::of(lang)?;
        tables.traps.extend(names(words).map(|word| (lang, word)));
        return Some(());
    }
    let lang = Lang::of(first)?;
    for word in names(rest) {
        tables.votes.entry(word).or_default().push(lang);
    }
    Some(())
}

/// Where the unit begins in a German word such as "zweijährig".
pub(super) fn german_tail(word: &str) -> Option<usize> {
    if word.len() < 6 {
        return None;
    }
    let tails = &TABLES.lists.get("german-tail")?.words;
    let ends = word.char_indices().map(|(at, _)| at).skip(3);
    ends.filter(|&at| tails.contains(&word[at..]))
        .find(|&at| super::spoken::is_german_number(&word[..at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_data_is_understood() {
        let mut tables = Tables::default();
        for (file, add) in FILES {
            for line in lines(file) {
                assert!(add(&mut tables, line).is_some(), "{line}");
            }
        }
    }
}
