//! Number words of the languages written with letters: "twenty-one", "einundzwanzig", "quatre-vingt-dix".

use super::tables::{Class, Lang, Numeral, TABLES};
use super::tokens::{Shape, Text};
use super::value::Value;

/// A number in words: the position after it and its value.
#[derive(Debug)]
pub(super) struct Spoken {
    pub(super) to: usize,
    pub(super) value: Value,
    pub(super) lang: Lang,
}

/// A number word, or the part of a compound; `ends` is the position after its token when it closes that token.
#[derive(Clone, Copy)]
struct Piece {
    class: Class,
    value: i128,
    ends: Option<usize>,
}

/// The longest number in words at a position, in whichever language it is longest.
pub(super) fn at(text: &Text<'_>, at: usize) -> Option<Spoken> {
    let word = text.word(at);
    let mut langs: Vec<Lang> = TABLES
        .numbers
        .get(word)
        .into_iter()
        .flatten()
        .map(|numeral| numeral.lang)
        .collect();
    if langs.is_empty() {
        // Only these write whole numbers in one word.
        langs = [Lang::DE, Lang::IT, Lang::NL]
            .into_iter()
            .filter(|&lang| part(word, lang).is_some())
            .collect();
    }
    let admitted = langs.into_iter().filter(|&lang| text.admits(at, lang));
    let found = admitted.filter_map(|lang| in_language(text, at, lang));
    // The longest is most likely what was meant; between equals the language of the text decides, and then English.
    found.max_by_key(|spoken| (spoken.to, text.speaks(spoken.lang), spoken.lang == Lang::EN))
}

/// Whether a word begins with a number word of a language that writes numbers in one word.
pub(super) fn may_be_compound(word: &str) -> bool {
    let ends = word
        .char_indices()
        .map(|(at, c)| at + c.len_utf8())
        .take(12);
    word.len() >= 5
        && ends
            .skip(1)
            .any(|end| TABLES.pieces.contains_key(&word[..end]))
}

/// The numeral of a class that a word is, in the language the text speaks, else in the first that has it.
pub(super) fn of_class(text: &Text<'_>, at: usize, class: Class) -> Option<Numeral> {
    let known = TABLES
        .numbers
        .get(text.word(at))?
        .iter()
        .filter(|numeral| numeral.class == class);
    let known: Vec<&Numeral> = known
        .filter(|numeral| text.admits(at, numeral.lang))
        .collect();
    known
        .iter()
        .find(|numeral| text.speaks(numeral.lang))
        .or(known.first())
        .map(|numeral| **numeral)
}

/// Whether a German word is a number and nothing else.
pub(super) fn is_german_number(word: &str) -> bool {
    TABLES.pieces.get(word).is_some_and(|known| {
        known.iter().any(|numeral| {
            numeral.lang == Lang::DE && !matches!(numeral.class, Class::Article | Class::And)
        })
    }) || part(word, Lang::DE).is_some_and(|pieces| read_all(&pieces, Lang::DE))
}

fn read_all(pieces: &[Piece], lang: Lang) -> bool {
    Grammar { pieces, lang }
        .number()
        .is_some_and(|(_, used)| used == pieces.len())
}

fn in_language(text: &Text<'_>, at: usize, lang: Lang) -> Option<Spoken> {
    if let Some(whole) = of_class(text, at, Class::Whole).filter(|numeral| numeral.lang == lang) {
        return Some(Spoken {
            to: at + 1,
            value: whole.value,
            lang,
        });
    }
    let pieces = collect(text, at, lang);
    let (value, used) = Grammar {
        pieces: &pieces,
        lang,
    }
    .number()?;
    let to = pieces.get(used.checked_sub(1)?)?.ends?;
    Some(Spoken {
        to,
        value: Value::whole(value),
        lang,
    })
}

/// The number words of one language from a position on, as far as only spaces and hyphens part them.
fn collect(text: &Text<'_>, mut at: usize, lang: Lang) -> Vec<Piece> {
    let mut pieces = Vec::new();
    while let Some(mut found) = pieces_of(text, at, lang) {
        pieces.append(&mut found);
        let next = at + 1;
        let is_joined = text.is(next, Shape::Space) && text.raw(next).len() == 1
            || text.is_mark(next, &['-', '‑', '‐']);
        // More than any number has; a list of number words must not be read again from each of its words.
        if pieces.len() > 40 {
            break;
        }
        at = if is_joined { next + 1 } else { next };
    }
    pieces
}

fn pieces_of(text: &Text<'_>, at: usize, lang: Lang) -> Option<Vec<Piece>> {
    let word = text.word(at);
    let known = TABLES.numbers.get(word).into_iter().flatten();
    let mut own = known.filter(|numeral| {
        numeral.lang == lang && !matches!(numeral.class, Class::Part | Class::Half)
    });
    let mut pieces = match own.next() {
        Some(numeral) => vec![piece(numeral)?],
        None => part(word, lang)?,
    };
    // Only the last piece closes its token: a number that ends within a word is none.
    pieces.last_mut()?.ends = Some(at + 1);
    Some(pieces)
}

fn piece(numeral: &Numeral) -> Option<Piece> {
    Some(Piece {
        class: numeral.class,
        value: numeral.value.as_whole()?,
        ends: None,
    })
}

/// The parts of a compound such as "dreihundertfünfzig", when number words make up all of it.
fn part(word: &str, lang: Lang) -> Option<Vec<Piece>> {
    // No two number words join in fewer letters; beyond 120 it is no word that people write, and trying costs time.
    if !(5..=120).contains(&word.len()) || ![Lang::DE, Lang::IT, Lang::NL].contains(&lang) {
        return None;
    }
    let mut pieces = Vec::new();
    part_rest(word, lang, &mut pieces)
        .then_some(pieces)
        .filter(|pieces| read_all(pieces, lang))
}

fn part_rest(word: &str, lang: Lang, pieces: &mut Vec<Piece>) -> bool {
    if word.is_empty() {
        return true;
    }
    // The longest known word first, and a shorter one when what is left makes no number: a word has few such choices.
    let ends = word
        .char_indices()
        .map(|(at, c)| at + c.len_utf8())
        // No number word of these languages has more letters.
        .take(12)
        .collect::<Vec<_>>();
    for end in ends.into_iter().rev() {
        let known = TABLES.pieces.get(&word[..end]).into_iter().flatten();
        let Some(found) = known.filter(|numeral| numeral.lang == lang).find_map(piece) else {
            continue;
        };
        pieces.push(found);
        if part_rest(&word[end..], lang, pieces) {
            return true;
        }
        pieces.pop();
    }
    false
}

/// How number words join into a number; each rule gives the value and the position after it.
struct Grammar<'p> {
    pieces: &'p [Piece],
    lang: Lang,
}

impl Grammar<'_> {
    fn class(&self, at: usize) -> Option<Class> {
        self.pieces.get(at).map(|piece| piece.class)
    }

    fn value(&self, at: usize, class: Class) -> Option<i128> {
        self.pieces
            .get(at)
            .filter(|piece| piece.class == class)
            .map(|piece| piece.value)
    }

    /// Whether an "and" at a position joins, in this language, the parts of a number; then the position after it.
    fn after_and(&self, at: usize) -> usize {
        at + usize::from(self.class(at) == Some(Class::And))
    }

    fn number(&self) -> Option<(i128, usize)> {
        let (mut total, mut at) = self.group_and_scale(0)?;
        let mut smallest = self.scale_before(at);
        while let Some(limit) = smallest {
            if let Some(scale) = self.value(at, Class::Scale).filter(|&scale| scale > limit) {
                // "mil millones": a thousand of the larger scale.
                total = total.checked_mul(scale)?;
                at += 1;
                continue;
            }
            let Some((more, to)) = self
                .group_and_scale(self.after_and(at))
                .filter(|&(more, _)| more < limit)
            else {
                break;
            };
            (total, at, smallest) = (total.checked_add(more)?, to, self.scale_before(to));
        }
        (total, at) = self.spoken_year(total, at);
        Some((total, at))
    }

    fn scale_before(&self, at: usize) -> Option<i128> {
        // A dozen takes no smaller number after it.
        self.value(at.checked_sub(1)?, Class::Scale)
            .filter(|&scale| scale >= 1000)
    }

    fn group_and_scale(&self, at: usize) -> Option<(i128, usize)> {
        if let Some(scale) = self.value(at, Class::Scale) {
            let is_bare = scale == 1000 && self.lang != Lang::EN;
            return is_bare.then_some((scale, at + 1));
        }
        let (group, to) = self.group(at)?;
        match self.value(to, Class::Scale) {
            Some(scale) => Some((group.checked_mul(scale)?, to + 1)),
            // An article alone is no number; "vingt et un" ends in one that counts.
            None if self.class(at) == Some(Class::Article) && to == at + 1 => None,
            None => Some((group, to)),
        }
    }

    fn group(&self, at: usize) -> Option<(i128, usize)> {
        if let Some(fixed) = self.value(at, Class::Fixed) {
            return Some(self.with_rest(fixed, at + 1));
        }
        if self.value(at, Class::Hundred).is_some() {
            return (self.lang != Lang::EN).then(|| self.with_rest(100, at + 1));
        }
        let (small, to) = self.below_hundred(at)?;
        // "ten hundred" is not said, "eleven hundred" is.
        if self.class(to) == Some(Class::Hundred) && (1..100).contains(&small) && small != 10 {
            return Some(self.with_rest(small * 100, to + 1));
        }
        Some((small, to))
    }

    fn with_rest(&self, hundreds: i128, at: usize) -> (i128, usize) {
        match self.below_hundred(self.after_and(at)) {
            // "between one hundred and two hundred": the second number begins with the "two".
            Some((_, to)) if self.class(to) == Some(Class::Hundred) || self.ends_in_article(to) => {
                (hundreds, at)
            }
            Some((rest, to)) if rest > 0 => (hundreds + rest, to),
            _ => (hundreds, at),
        }
    }

    /// "two hundred a day": the article belongs to what follows, where "ciento un" ends in a one.
    fn ends_in_article(&self, to: usize) -> bool {
        [Lang::EN, Lang::DE, Lang::NL].contains(&self.lang)
            && self.class(to - 1) == Some(Class::Article)
    }

    fn below_hundred(&self, at: usize) -> Option<(i128, usize)> {
        match self.class(at)? {
            Class::Ten => Some(self.after_ten(self.value(at, Class::Ten)?, at + 1)),
            Class::Teen => Some(self.after_teen(self.value(at, Class::Teen)?, at + 1)),
            Class::One | Class::Article => Some(self.after_one(self.pieces[at].value, at + 1)),
            _ => None,
        }
    }

    fn after_ten(&self, ten: i128, at: usize) -> (i128, usize) {
        let joined = if self.joins_ten() {
            self.after_and(at)
        } else {
            at
        };
        // soixante-dix and quatre-vingt-dix go on with a teen.
        if self.lang == Lang::FR
            && [60, 80].contains(&ten)
            && self.class(joined) == Some(Class::Teen)
        {
            let (teen, to) = self.after_teen(self.pieces[joined].value, joined + 1);
            return (ten + teen, to);
        }
        let counts = matches!(self.class(joined), Some(Class::One))
            || (joined > at || ten == 80) && self.class(joined) == Some(Class::Article);
        match self.pieces.get(joined) {
            Some(one) if counts && one.value > 0 && self.may_follow_ten(at, joined) => {
                (ten + one.value, joined + 1)
            }
            _ => (ten, at),
        }
    }

    fn joins_ten(&self) -> bool {
        [Lang::FR, Lang::ES, Lang::PT].contains(&self.lang)
    }

    /// Spanish and Portuguese always say the "and" between a ten and a one, German and Dutch put the one first.
    fn may_follow_ten(&self, at: usize, joined: usize) -> bool {
        match self.lang {
            Lang::ES | Lang::PT => joined > at,
            Lang::DE | Lang::NL => false,
            _ => true,
        }
    }

    fn after_teen(&self, teen: i128, at: usize) -> (i128, usize) {
        match self.value(at, Class::One) {
            Some(one) if self.lang == Lang::FR && teen == 10 && (7..=9).contains(&one) => {
                (10 + one, at + 1)
            }
            _ => (teen, at),
        }
    }

    fn after_one(&self, one: i128, at: usize) -> (i128, usize) {
        if self.lang == Lang::FR && one == 4 && self.value(at, Class::Ten) == Some(20) {
            return self.after_ten(80, at + 1);
        }
        let inverts =
            [Lang::DE, Lang::NL].contains(&self.lang) && self.class(at) == Some(Class::And);
        match self.value(at + 1, Class::Ten) {
            Some(ten) if inverts && one > 0 => (ten + one, at + 2),
            _ => (one, at),
        }
    }

    /// "nineteen ninety-nine" is a year in English.
    fn spoken_year(&self, total: i128, at: usize) -> (i128, usize) {
        if self.lang != Lang::EN || at != 1 || !(13..=20).contains(&total) {
            return (total, at);
        }
        match self.below_hundred(at) {
            Some((rest, to)) if rest >= 10 => (total * 100 + rest, to),
            _ => (total, at),
        }
    }
}
