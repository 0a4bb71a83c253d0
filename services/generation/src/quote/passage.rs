//! A found passage in pieces that can be quoted.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

use stoa_language::{
    quantity::{self, Sense},
    script,
};

use crate::read::{Source, Unit, UnitKind};

use super::{
    coverage::{Coverage, QueryTerm},
    text,
};

/// Narrower text is a date, a title or the like and belongs to what follows it.
const SHORT: usize = 24;
/// Words that a sentence has at least, or characters of a script without spaces; and most words of a title.
const WORDS: usize = 2;
const CHARACTERS: usize = 3;
const TITLE: usize = 6;
/// Longest text that is compared in meaning, in letters; a character of a script without spaces is as much as some.
const COMPARED: usize = 280;
const WIDE: usize = 4;
/// A text of which one part in so many is links leads elsewhere.
const LINKED: usize = 3;
/// Share of the smaller text's words that another has when the two say the same.
const SAME: f32 = 0.8;

/// Sentences, an item or a row: what is quoted as one.
#[derive(Debug)]
pub(super) struct Piece {
    /// The units of the source; an item has its lead before it.
    pub(super) units: Vec<usize>,
    /// What they say, as [`text::normal`] writes it.
    pub(super) text: String,
    /// Where the part of the text begins that no other piece has: behind the lead of a list.
    pub(super) own: usize,
    /// Where the text begins behind the day that it was written.
    pub(super) body: usize,
    /// Places of the question's keys.
    pub(super) keys: Vec<(usize, usize)>,
    /// Places of years.
    pub(super) years: Vec<(usize, u16)>,
    /// It is a row of a table, each cell behind the head of its column.
    pub(super) row: bool,
    /// The heading above it, as a piece; of a heading, the one that it stands under.
    pub(super) heading: Option<usize>,
    /// How deep a heading is, from 1; 0 of what is none.
    pub(super) depth: u8,
    /// Which of the codes and versions of the question it speaks of, a bit each.
    pub(super) about: u64,
    /// It can be quoted: no question, heading or code.
    pub(super) states: bool,
    words: HashSet<u64>,
}

/// A passage in pieces.
#[derive(Debug)]
pub(super) struct Passage<'a> {
    pub(super) source: &'a Source,
    /// Its document, by number.
    pub(super) document: usize,
    pub(super) pieces: Vec<Piece>,
    /// Keys of the question in its title and headings.
    pub(super) context: HashSet<usize>,
    /// The year of the day on which it was written, where it begins with that.
    pub(super) written: Option<u16>,
}

impl<'a> Passage<'a> {
    /// The passages of sources, in their order.
    pub(super) fn all(sources: &'a [Source], coverage: &Coverage) -> Vec<Self> {
        // One for all passages, as their hashes are compared with each other.
        let hasher = RandomState::new();
        let mut documents: HashMap<&str, usize> = HashMap::new();
        let read = |(n, source): (usize, &'a Source)| {
            // Turns stored by older versions have passages without the id of a document: each counts as one of its own.
            let document = if source.document.is_empty() {
                n
            } else {
                *documents.entry(source.document.as_str()).or_insert(n)
            };
            Self::of(source, document, coverage, &hasher)
        };
        sources.iter().enumerate().map(read).collect()
    }

    fn of(source: &'a Source, document: usize, coverage: &Coverage, hasher: &RandomState) -> Self {
        let mut heading = None;
        let mut pieces: Vec<Piece> = Vec::new();
        for units in groups(&source.units) {
            let mut piece = Piece::of(&source.units, units, coverage, hasher);
            if piece.depth > 0 {
                while let Some(above) =
                    heading.filter(|at: &usize| pieces[*at].depth >= piece.depth)
                {
                    heading = pieces[above].heading;
                }
            }
            piece.heading = heading;
            if piece.depth > 0 {
                heading = Some(pieces.len());
            }
            pieces.push(piece);
        }
        let mut passage = Self {
            source,
            document,
            pieces,
            context: coverage
                .find(&text::normal(&source.context))
                .into_iter()
                .map(|(_, key)| key)
                .collect(),
            written: None,
        };
        passage.read_dateline(hasher);
        passage
    }

    /// Snippets of news begin with the day they were written: "Nov 10, 2022 ...".
    fn read_dateline(&mut self, hasher: &RandomState) {
        let Some(piece) = self.pieces.first_mut() else {
            return;
        };
        let Some(end) = dateline(&piece.text) else {
            return;
        };
        self.written = text::years(&piece.text[..end]).next().map(|(_, year)| year);
        piece.body = end;
        // The year of the day it was written is kept in `written`; it is not a year that the text speaks of.
        piece.years.retain(|(at, _)| *at >= end);
        piece.words = words(&piece.text[end.max(piece.own)..], hasher);
    }

    /// The headings above a piece, the nearest first.
    pub(super) fn headings(&self, piece: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.pieces[piece].heading, |above| {
            self.pieces[*above].heading
        })
    }

    /// Leaves of the pieces that can be quoted those that have a word of the question, themselves or above them.
    pub(super) fn keep_holding(&mut self, word: &str, coverage: &Coverage) {
        let keys: Vec<usize> = coverage.keys_of_word(word);
        // A title that has the word says it for all below.
        if keys.is_empty() || self.context.iter().any(|key| keys.contains(key)) {
            return;
        }
        let has = |at: usize| {
            self.pieces[at]
                .keys
                .iter()
                .any(|(_, key)| keys.contains(key))
        };
        let holds = |at: usize| has(at) || self.headings(at).any(has);
        let held: Vec<bool> = (0..self.pieces.len()).map(holds).collect();
        for (piece, held) in self.pieces.iter_mut().zip(held) {
            piece.states &= held;
        }
    }

    /// Leaves of the pieces that can be quoted those that say something: a third of a line that only leads elsewhere is its
    /// link.
    pub(super) fn leave_out_links(&mut self) {
        for piece in &mut self.pieces {
            piece.states &= links(&piece.text) * LINKED < piece.text.chars().count();
        }
    }

    /// Whether a part of the question stands anywhere in the passage or above it.
    pub(super) fn holds(&self, part: &QueryTerm) -> bool {
        let keys = self
            .pieces
            .iter()
            .flat_map(|piece| &piece.keys)
            .map(|(_, key)| key);
        keys.chain(&self.context).any(|key| part.keys.contains(key))
    }

    /// A piece as it is compared in meaning: under its heading.
    pub(super) fn statement(&self, piece: usize) -> String {
        let own = self.pieces[piece].heading;
        let own = own.map(|heading| self.pieces[heading].text.as_str());
        let above = self.source.context.rsplit_once(" › ");
        let heading = own.or(above.map(|(_, last)| last));
        let text = joined(
            self.quoted_units(piece)
                .into_iter()
                .map(|unit| self.source.units[unit].text.as_str()),
        );
        let text = heading.map_or(text.clone(), |heading| format!("{heading}: {text}"));
        begin(&text).to_owned()
    }

    /// The units that are quoted for a piece: with the one that it goes on from, where that has the subject.
    pub(super) fn quoted_units(&self, piece: usize) -> Vec<usize> {
        let piece = &self.pieces[piece];
        let units = &self.source.units;
        let before = piece
            .units
            .first()
            .and_then(|first| units[*first].goes_on_from);
        let before = before
            // Quoted alone "It costs 5 euros." is no answer; with a sentence that adds nothing of the question it is
            // only longer.
            .filter(|before| !piece.units.contains(before))
            // Where a piece has no word of the question, as in another language, it cannot be told whether the sentence
            // before it has the subject: it is quoted all the same.
            .filter(|before| piece.keys.is_empty() || self.has_subject(*before, piece));
        before
            .into_iter()
            .chain(piece.units.iter().copied())
            .collect()
    }

    /// Whether a unit has something of the question that a piece lacks.
    fn has_subject(&self, unit: usize, piece: &Piece) -> bool {
        let mut holder = self
            .pieces
            .iter()
            .filter(|other| other.units.contains(&unit));
        let lacks = |key: &usize| !piece.keys.iter().any(|(_, other)| other == key);
        holder.any(|other| other.keys.iter().any(|(_, key)| lacks(key)))
    }

    /// All years of the passage with their places, in order.
    pub(super) fn years(&self) -> impl Iterator<Item = ((usize, usize), u16)> {
        let pieces = self.pieces.iter().enumerate();
        pieces.flat_map(|(piece, said)| {
            said.years
                .iter()
                .map(move |(at, year)| ((piece, *at), *year))
        })
    }
}

impl Piece {
    fn of(all: &[Unit], units: Vec<usize>, coverage: &Coverage, hasher: &RandomState) -> Self {
        let last = &all[units[units.len() - 1]];
        let kind = last.kind;
        let said = text::normal(&joined(units.iter().map(|unit| all[*unit].text.as_str())));
        let own = if kind == UnitKind::Item {
            said.len() - text::normal(&last.text).len()
        } else {
            0
        };
        // A question in a document (a FAQ, a form) has all words of the question that is asked and answers nothing.
        let asks = said.trim_end().ends_with('?');
        Self {
            keys: coverage.find(&said),
            years: text::years(&said).collect(),
            states: !asks
                && !matches!(kind, UnitKind::Heading | UnitKind::Code)
                && (kind != UnitKind::Sentence || says(&said)),
            words: words(&said[own..], hasher),
            row: kind == UnitKind::Row,
            heading: None,
            depth: last.depth,
            about: 0,
            body: 0,
            units,
            own,
            text: said,
        }
    }

    /// Whether two pieces say the same in nearly the same words.
    pub(super) fn repeats(&self, other: &Self) -> bool {
        let smaller = self.words.len().min(other.words.len());
        let shared = self.words.intersection(&other.words).count();
        smaller > 0 && shared as f32 >= SAME * smaller as f32
    }
}

/// Characters of the addresses in a text.
fn links(text: &str) -> usize {
    text::runs(text, |c| c.is_ascii_graphic())
        .filter(|(_, run)| run.contains("://") || run.starts_with("www."))
        .map(|(_, run)| run.len())
        .sum()
}

/// The beginning of a long text, which tells what it is about; embedding more costs time for each token.
fn begin(text: &str) -> &str {
    let mut weight = 0;
    let end = text.char_indices().find(|(_, c)| {
        weight += if script::is_unspaced(*c) { WIDE } else { 1 };
        weight > COMPARED
    });
    end.map_or(text, |(at, _)| &text[..at])
}

/// Texts as one, with spaces where their script has them.
pub(super) fn joined<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let mut whole = String::new();
    for text in texts {
        if whole
            .chars()
            .next_back()
            .is_some_and(|c| !script::is_unspaced(c) && !"。，：！？；、".contains(c))
        {
            whole.push(' ');
        }
        whole.push_str(text);
    }
    whole
}

/// Units that are quoted as one. Those that instruct are left out, as is the lead of a list by itself.
fn groups(units: &[Unit]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for (at, unit) in units.iter().enumerate().filter(|(_, unit)| !unit.instructs) {
        // A short sentence before a list or a table has nothing to be joined to.
        if unit.kind != UnitKind::Sentence && !open.is_empty() {
            groups.push(std::mem::take(&mut open));
        }
        match unit.kind {
            UnitKind::Sentence if leads(units, at) => {
                groups.extend((!open.is_empty()).then(|| std::mem::take(&mut open)));
            }
            UnitKind::Sentence => {
                open.push(at);
                if !is_short(units, &open) {
                    groups.push(std::mem::take(&mut open));
                }
            }
            UnitKind::Item => groups.push(lead(units, at).into_iter().chain([at]).collect()),
            UnitKind::Heading | UnitKind::Row | UnitKind::Code => groups.push(vec![at]),
        }
    }
    groups.extend((!open.is_empty()).then_some(open));
    groups
}

/// What introduces the list an item is in.
fn lead(units: &[Unit], item: usize) -> Option<usize> {
    units[item]
        .goes_on_from
        .filter(|lead| !units[*lead].instructs)
}

fn leads(units: &[Unit], at: usize) -> bool {
    let following = units[at + 1..].iter();
    following
        .take_while(|unit| unit.kind == UnitKind::Item)
        .any(|unit| unit.goes_on_from == Some(at))
}

/// A date, or a title without a full stop.
fn is_short(units: &[Unit], open: &[usize]) -> bool {
    let wide: usize = open
        .iter()
        .map(|unit| text::width(units[*unit].text.trim()))
        .sum();
    let states = |unit: &usize| {
        let text = units[*unit].text.trim();
        let dated = |found: &quantity::Quantity| matches!(found.readings[0], Sense::Date(_));
        text.ends_with(['.', '!', '?', '。', '！', '？']) && !quantity::find(text).iter().any(dated)
    };
    wide < SHORT && !open.iter().any(states)
}

/// Whether a sentence says anything: a number by itself does not, nor does a title, of which every word is large, nor a
/// line of a table of contents.
fn says(text: &str) -> bool {
    if is_of_contents(text) {
        return false;
    }
    if text.chars().filter(|c| script::is_unspaced(*c)).count() >= CHARACTERS {
        return true;
    }
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.contains(char::is_alphabetic))
        .collect();
    let cased = |word: &&str| word.chars().next().is_some_and(char::is_lowercase);
    let large = |word: &&str| word.chars().next().is_some_and(char::is_uppercase);
    let title = words.len() <= TITLE && words.iter().any(large) && !words.iter().any(cased);
    words.len() >= WORDS && !title
        || text.contains(|c: char| c.is_ascii_digit()) && !words.is_empty()
}

/// Whether a text ends in a page number behind dots.
fn is_of_contents(text: &str) -> bool {
    let text = text.trim_end();
    let before = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let dots = before.trim_end();
    before.len() < text.len()
        && ["…", "...", ". . .", "···", "⋯"]
            .iter()
            .any(|leader| dots.ends_with(leader))
}

/// Where the day ends with which a text begins, and the dots behind it.
fn dateline(text: &str) -> Option<usize> {
    let begin = text.len() - text.trim_start().len();
    let quantities = quantity::find(text);
    let first = quantities
        .first()
        .filter(|first| first.range.start == begin)?;
    let Some(Sense::Date(date)) = first.readings.first() else {
        return None;
    };
    // A text may begin with a month or a year that it is about.
    date.year.and(date.day)?;
    let Range { end, .. } = first.range;
    let rest = &text[end..];
    let dots = rest.trim_start_matches([' ', '.', '…', '·']);
    rest[..rest.len() - dots.len()]
        .contains(['.', '…', '·'])
        .then_some(text.len() - dots.len())
}

/// Words and pairs of characters of a text, by their hashes.
fn words(text: &str, hasher: &RandomState) -> HashSet<u64> {
    let lower = text.to_lowercase();
    let pairs = text::pairs(&lower).map(|(_, pair)| hasher.hash_one(pair));
    let spaced = text::runs(&lower, |c| c.is_alphanumeric() && !script::is_unspaced(c));
    pairs
        .chain(spaced.map(|(_, word)| hasher.hash_one(word)))
        .collect()
}

#[cfg(test)]
mod tests {
    use stoa_language::Reading;

    use super::{super::kind::Asked, *};

    fn pieces(source: &str) -> Vec<String> {
        let source = [Source::new(source, "")];
        let passages = Passage::all(&source, &Coverage::default());
        passages[0]
            .pieces
            .iter()
            .map(|piece| piece.text.clone())
            .collect()
    }

    #[test]
    fn short_pieces_go_with_what_follows() {
        assert_eq!(
            pieces("9 May 2020. The bridge was opened to all traffic. It is long and it is blue."),
            [
                "9 May 2020. The bridge was opened to all traffic.",
                "It is long and it is blue."
            ]
        );
    }

    #[test]
    fn items_go_with_their_lead_and_rows_stand_alone() {
        assert_eq!(
            pieces(
                "Employees get:\n\n- 27 days of vacation\n- a laptop\n\n| Office | Opens |\n|---|---|\n| Tartu | 7:30 |"
            ),
            [
                "Employees get: 27 days of vacation",
                "Employees get: a laptop",
                "Office: Tartu, Opens: 7:30."
            ]
        );
    }

    #[test]
    fn what_goes_on_is_quoted_with_what_it_goes_on_from() {
        let text = "New employees choose a laptop with a budget of 2,400 euros. It is replaced after four years.";
        let source = [Source::new(text, "")];
        // No word of the question, as in another language.
        let passages = Passage::all(&source, &Coverage::default());
        assert_eq!(passages[0].quoted_units(1), [0, 1]);
        let coverage = Coverage::of(&Asked::of(&Reading::of(
            "What is replaced after four years?",
        )));
        let passages = Passage::all(&source, &coverage);
        assert_eq!(passages[0].quoted_units(1), [1]);
    }

    #[test]
    fn titles_and_numbers_say_nothing() {
        for text in [
            "Winners Of The Cup.",
            "1.",
            "[4]",
            "Yes.",
            "2.1 经验误差与过拟合 … 5",
            "How the club is run ........ 12",
        ] {
            assert!(!says(text), "{text}");
        }
        for text in [
            "It rains.",
            "Anna won the Cup.",
            "Anna Berg, 1987",
            "下雨了。",
            "Cost: 5 euros",
        ] {
            assert!(says(text), "{text}");
        }
    }

    #[test]
    fn a_dateline_is_told_from_the_text() {
        assert_eq!(
            dateline("Nov 10, 2022 ... ... It rained."),
            Some("Nov 10, 2022 ... ... ".len())
        );
        assert_eq!(dateline("On Nov 10, 2022 it rained."), None);
    }
}
