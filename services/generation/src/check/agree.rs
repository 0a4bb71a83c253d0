//! What must agree between a statement and its source, whoever wrote it.
//!
//! A claim of the source is one sentence, with those it goes on from. The statement's words are found in it as far as
//! they are the same; where it says things in other words, what is compared is what has no other words: numbers, names,
//! negations, only and all, duties, opposites, and who did it to whom.

mod across;
mod elsewhere;
mod exchanged;
mod hours;
mod places;
mod polarity;
mod quantities;
mod sequence;

use std::collections::HashSet;

use stoa_language::{
    Language, Reading,
    markers::{Class, Opposites, Side},
    reading::Term,
};

use super::Reason;
use crate::read::{Claim, Source};

/// Words of a passive that does not say who does it.
const PASSIVES: [&str; 12] = [
    "is", "are", "was", "were", "be", "been", "being", "wird", "werden", "wurde", "wurden",
    "worden",
];

/// Words after which a clause is said of what may not be.
pub(super) const CONDITIONS: [&str; 14] = [
    "if", "unless", "when", "provided", "whether", "wenn", "falls", "sofern", "si", "se", "als",
    "如果", "若", "除非",
];

/// Words that say it of each one.
const EACH: [&str; 12] = [
    "every", "each", "all", "any", "jede", "jeder", "jedes", "alle", "tout", "toute", "所有",
    "任何",
];

/// How much of a statement's meaning somebody else vouches for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Vouched {
    /// A model says that the source states it: words may differ.
    ByModel,
    /// Nobody: words must be the source's.
    ByNobody,
}

/// A word of the statement and where the claim has it.
struct Held<'a> {
    term: &'a Term,
    /// Place of the first among the claim's words.
    place: usize,
    /// Clauses of the claim that have it.
    clauses: Vec<usize>,
    /// It stands before what its clause denies.
    before: bool,
}

/// Whether nothing in a statement is at odds with a claim.
pub(super) fn agrees(
    statement: &Reading,
    claim: &Claim,
    source: &Source,
    question: &Reading,
    vouched: Vouched,
) -> Result<(), Reason> {
    // The cheap and certain first: most lies change a number, and numbers compare across languages.
    quantities::agree(statement, claim, source, question, vouched)?;
    if statement.language != source.language {
        return across::agrees(statement, claim, source);
    }
    let hours = hours::agree(statement, &claim.reading);
    if let Some(Err(reason)) = hours {
        return Err(reason);
    }
    places::parted(statement, &claim.reading)?;
    // The columns of a row are no clauses.
    if !claim.row {
        places::mixed(statement, &claim.reading)?;
    }
    places::excepted(statement, &claim.reading)?;
    // A model may have read "after lunch" out of "when lunch is over"; words alone cannot.
    if vouched == Vouched::ByNobody && is_stray(statement, claim, source) {
        return Err(Reason::Opposite);
    }
    exchanged::word(statement, &claim.reading, vouched)?;
    exchanged::lead(statement, claim, source)?;
    exchanged::row(statement, claim, source)?;
    exchanged::negation(statement, &claim.reading)?;
    let held = held(statement, &claim.reading);
    names(statement, claim, source)?;
    extent(statement, claim, source, &held, vouched)?;
    duty(statement, &claim.reading)?;
    polarity::agree(statement, &claim.reading, &held, vouched)?;
    sequence::agrees(statement, &claim.reading)?;
    opposites(statement, &claim.reading)?;
    order(statement, &claim.reading, &held, vouched)
}

pub(super) use elsewhere::elsewhere;
pub(super) use quantities::{bounds_one, computes};

/// How much of a statement a claim has in its own words: the claim that it should be held against has most.
pub(super) fn overlap(statement: &Reading, claim: &Claim) -> usize {
    let words = statement
        .claims()
        .filter(|term| claim.reading.holds(term))
        // A claim about the same name is nearer than one that shares any other word.
        .map(|term| if term.name || term.identifier { 2 } else { 1 })
        .sum::<usize>();
    let marks = if statement.language == claim.reading.language {
        0
    } else {
        across::shared(statement, &claim.reading)
    };
    words + marks + quantities::shared(statement, &claim.reading)
}

/// Whether a statement says before or after of what is no number, and the claim neither.
fn is_stray(statement: &Reading, claim: &Claim, source: &Source) -> bool {
    // Of numbers it is asked with the number, in `quantities::bounds`.
    let has = |reading: &Reading, pair: u16| {
        reading
            .marks
            .iter()
            .any(|mark| matches!(mark.class, Class::Side(side) if side.pair == pair))
    };
    statement.marks.iter().any(|mark| match mark.class {
        Class::Side(side) if side.bounds() => {
            // "Since" of no number gives a reason.
            statement
                .text
                .get(mark.range.clone())
                .is_some_and(|word| !word.eq_ignore_ascii_case("since"))
                && !bounds_one(statement, &mark.range)
                && !has(&claim.reading, side.pair)
                && !has(source.heading(), side.pair)
        }
        _ => false,
    })
}

fn held<'a>(statement: &'a Reading, claim: &Reading) -> Vec<Held<'a>> {
    statement
        .claims()
        .filter_map(|term| {
            let same = |other: &Term| other.is(term) || exchanged::shares(other, term);
            let places: Vec<usize> = (0..claim.terms.len())
                .filter(|at| same(&claim.terms[*at]))
                .collect();
            Some(Held {
                term,
                place: *places.first()?,
                before: places
                    .iter()
                    .any(|at| stands_before(claim, &claim.terms[*at])),
                clauses: places.iter().map(|at| claim.terms[*at].clause).collect(),
            })
        })
        .collect()
}

/// Whether a word stands before the negation of its clause, which turns round what comes after it: "open to people not
/// staying" is open. German puts its negation behind the verb.
fn stands_before(claim: &Reading, term: &Term) -> bool {
    let mut negations = claim
        .marks
        .iter()
        .filter(|mark| mark.class == Class::Not && claim.clause_of(mark.range.start) == term.clause)
        .map(|mark| mark.range.start)
        .peekable();
    claim.language != Language::German
        && negations.peek().is_some()
        && negations.all(|at| at > term.range.start)
}

/// Names and codes are in the claim, or above it, where the source has them.
fn names(statement: &Reading, claim: &Claim, source: &Source) -> Result<(), Reason> {
    let missing = statement.claims().find(|term| {
        (term.identifier || term.name)
            && !claim.reading.holds(term)
            && !source.heading().holds(term)
    });
    match missing {
        Some(term) => Err(Reason::Name(term.plain.clone())),
        // Every name that shows by its capital was found. What is left is a name in first place, where a capital says
        // nothing.
        None => substituted(statement, &claim.reading),
    }
}

/// A sentence that begins with a name shows it by nothing. Where the rest is the claim's and both begin with words that
/// the other does not have, one name stands for another.
fn substituted(statement: &Reading, claim: &Reading) -> Result<(), Reason> {
    let capitals_tell =
        // Every German noun has a capital, and Chinese has none.
        !matches!(statement.language, Language::German) && statement.language.is_latin();
    let (Some(mine), Some(theirs)) = (statement.claims().next(), claim.claims().next()) else {
        return Ok(());
    };
    let begins = |reading: &Reading, term: &Term| {
        term.range.start == 0 && reading.text.starts_with(char::is_uppercase)
    };
    // "Call Ines Berg": a verb stands before a name that the claim has as it is.
    let tells_to = statement.claims().nth(1).is_some_and(|next| {
        next.name
            && next.range.start - mine.range.end <= 1
            && claim
                .claims()
                .zip(claim.claims().skip(1))
                .all(|(before, own)| !own.is(next) || !before.name || statement.holds(before))
    });
    let labels = statement.text[mine.range.end..].starts_with(':');
    if tells_to || labels {
        return Ok(());
    }
    let rest: Vec<&Term> = statement.claims().skip(1).collect();
    let same = rest.iter().filter(|term| claim.holds(term)).count();
    let replaced = capitals_tell
        && begins(statement, mine)
        && begins(claim, theirs)
        && !claim.holds(mine)
        && !statement.holds(theirs)
        && !rest.is_empty()
        // Two thirds of the rest, so that a paraphrase that merely begins otherwise is none.
        && same * 3 >= rest.len() * 2;
    if replaced {
        Err(Reason::Name(mine.plain.clone()))
    } else {
        Ok(())
    }
}

/// Only, all and some are said where the source says them.
fn extent(
    statement: &Reading,
    claim: &Claim,
    source: &Source,
    held: &[Held<'_>],
    vouched: Vouched,
) -> Result<(), Reason> {
    // A row has all that there is of its column, and "others pay" leaves nobody else out.
    let exhausts = vouched == Vouched::ByModel
        && (claim.row
            || source
                .claims()
                .iter()
                .filter(|other| other.unit == claim.unit)
                .any(|other| other.reading.has(Class::Others) || other.reading.has(Class::Not)));
    let claim = &claim.reading;
    let in_reach = |class: Class| {
        claim.marks.iter().any(|mark| {
            let clause = claim.clause_of(mark.range.start);
            mark.class == class && held.iter().any(|held| held.clauses.contains(&clause))
        })
    };
    let adds = |class: Class| statement.has(class) && !claim.has(class);
    // "Only five kilos" are five kilos.
    let excludes = statement.marks.iter().any(|mark| {
        // The number itself is compared already.
        mark.class == Class::Only && !quantities::measures_next(statement, mark.range.end)
    });
    // Nobody but the coach may: only the coach may.
    let excepts = claim.has(Class::Except) && denies(claim);
    // "4 euros instead of 6.50" says what both are, and "unless you cancel" what a denial says.
    let leaves_out = adds(Class::Except)
        && !claim.has(Class::Only)
        && !denies(claim)
        && !places::names_all_excepted(statement, claim);
    // Of what is so with exceptions nobody says that it is so of each.
    let drops = claim.has(Class::Except) && !statement.has(Class::Except) && says_each(statement);
    // What only staff may use visitors may not.
    let pairs = polarity::contested(statement, claim);
    let turned = (0..statement.clause_count()).any(|clause| statement.is_negated(clause, &pairs));
    let widens = !denies(statement)
        && !turned
        && !statement.has(Class::Only)
        && only_of(claim).is_some_and(|only| {
            // It may limit another clause than the one that the statement takes from.
            held.iter()
                .any(|held| held.clauses.iter().all(|clause| *clause == only.clause))
                && !statement
                    .terms
                    .iter()
                    .any(|own| own.means(only) || exchanged::shares(own, only))
        });
    if widens {
        return Err(Reason::Extent);
    }
    // Only the red ones are not only the black ones.
    let others = statement.has(Class::Only)
        && only_of(claim).is_some()
        && only_of(statement).is_some_and(|only| {
            !claim.holds(only) && !claim.terms.iter().any(|own| own.means(only))
        });
    if others && vouched == Vouched::ByNobody {
        return Err(Reason::Extent);
    }
    // "Everywhere but there" is the contrary of "only there".
    let turned = claim.has(Class::Only) && statement.has(Class::Except) && !denies(statement);
    if turned
        || drops
        || excludes && !claim.has(Class::Only) && !excepts && !exhausts
        || adds_all(statement, claim)
        || leaves_out
    {
        return Err(Reason::Extent);
    }
    // "Some" of a clause that the statement takes nothing from limits something else.
    if in_reach(Class::Some) && !statement.has(Class::Some) && !statement.has(Class::May) {
        return Err(Reason::Extent);
    }
    Ok(())
}

/// To what alone a claim limits what it says: "only staff", "staff only".
fn only_of(claim: &Reading) -> Option<&Term> {
    let mark = claim.marks.iter().find(|mark| mark.class == Class::Only)?;
    let clause = claim.clause_of(mark.range.start);
    // An amount or a day is compared as one.
    let next = claim
        .claims()
        .find(|term| term.range.start >= mark.range.end);
    let counts = claim.quantities.iter().any(|own| {
        own.range.start >= mark.range.end
            && next.is_none_or(|next| own.range.start < next.range.start)
    });
    if counts || quantities::measures_next(claim, mark.range.end) || !claim.language.is_latin() {
        return None;
    }
    let own = || claim.claims().filter(|term| term.clause == clause);
    let last = own().last()?;
    if last.range.end <= mark.range.start {
        return Some(last);
    }
    own().find(|term| term.range.start >= mark.range.end)
}

/// Whether a text says of each one what it says.
fn says_each(reading: &Reading) -> bool {
    let lower = reading.text.to_lowercase();
    EACH.iter().any(|word| {
        if word.is_ascii() {
            lower
                .split(|c: char| !c.is_alphanumeric())
                .any(|own| own == *word)
        } else {
            lower.contains(word)
        }
    })
}

/// Whether a text denies anything.
fn denies(reading: &Reading) -> bool {
    reading.marks.iter().any(|mark| match mark.class {
        Class::Not | Class::Fails => true,
        Class::Side(side) => side.kind == Opposites::Denial && !side.first,
        _ => false,
    })
}

/// Whether a statement says that it is so of all, or all the time, and the claim does not. "A whole day" is a day.
fn adds_all(statement: &Reading, claim: &Reading) -> bool {
    !claim.has(Class::All)
        && !says_each(claim)
        && statement.marks.iter().any(|mark| {
            // "Nowhere" is "not anywhere".
            let clause = statement.clause_of(mark.range.start);
            let none = statement.is_negated(clause, &HashSet::new()) && denies(claim);
            mark.class == Class::All
                && !none
                && !quantities::measures_beside(statement, &mark.range)
        })
}

/// A duty is no permission. "May only" is a duty.
fn duty(statement: &Reading, claim: &Reading) -> Result<(), Reason> {
    // "May only be opened by staff" does forbid, so "must" is no exaggeration of it.
    let limits = claim.has(Class::Only) || claim.has(Class::Not);
    // Who may join from 14 on must be 14.
    let bounded = statement.quantities.iter().any(|quantity| {
        quantities::is_bounded(statement, quantity)
            && claim
                .quantities
                .iter()
                .any(|other| quantity.agrees(other) && quantities::is_bounded(claim, other))
    });
    let demanded = statement.has(Class::Must)
        && claim.has(Class::May)
        && !claim.has(Class::Must)
        && !limits
        && !bounded;
    let allowed = statement.has(Class::May)
        && !statement.has(Class::Must)
        && !statement.has(Class::Not)
        && claim.has(Class::Must)
        && !claim.has(Class::May);
    if demanded || allowed {
        return Err(Reason::Duty);
    }
    Ok(())
}

/// Of two opposites the statement does not name the one that the claim does not.
fn opposites(statement: &Reading, claim: &Reading) -> Result<(), Reason> {
    let sides = |reading: &Reading| -> Vec<Side> {
        reading
            .marks
            .iter()
            .filter_map(|mark| match mark.class {
                // What comes first is compared by what it is.
                Class::Side(side) if side.kind == Opposites::Converse => None,
                // Bounds are compared with their numbers.
                Class::Side(side)
                    if side.kind == Opposites::Amount
                        && quantities::bounds_one(reading, &mark.range) =>
                {
                    None
                }
                Class::Side(side) if !side.is_polar() && sequence::in_time(mark).is_none() => {
                    Some(side)
                }
                _ => None,
            })
            .collect()
    };
    let (said, theirs) = (sides(statement), sides(claim));
    let turned = said.iter().any(|side| {
        let of_pair = |other: &&Side| other.pair == side.pair;
        theirs
            .iter()
            .any(|other| of_pair(&other) && other.first != side.first)
            && !theirs.contains(side)
            && !said
                .iter()
                .any(|other| of_pair(&other) && other.first != side.first)
    });
    if turned {
        Err(Reason::Opposite)
    } else {
        Ok(())
    }
}

/// Who did it to whom is in the order of the words, but for a passive.
fn order(
    statement: &Reading,
    claim: &Reading,
    held: &[Held<'_>],
    vouched: Vouched,
) -> Result<(), Reason> {
    // Before the passives are let off: a passive with "by" names who did it, in whatever order.
    places::agents(statement, claim)?;
    // Active and passive say the same in opposite orders.
    let told = |reading: &Reading, other: &Reading| is_passive_of(reading, other);
    if told(statement, claim) != told(claim, statement) {
        return Ok(());
    }
    // "All but X do Y" and "Y is done by all but X" move the exception; `places::excepted` compares it.
    let excepts = statement.has(Class::Except) && claim.has(Class::Except);
    // A clause may stand before or behind the other, so with somebody's word only names tell who did it.
    let told: Vec<&Held<'_>> = held
        .iter()
        .filter(|held| {
            vouched == Vouched::ByNobody
                || held.term.name
                || statement.clause_count() == 1 && statement.language.is_latin()
        })
        .collect();
    if !excepts && mirrored(&told) || other_subject(statement, claim, held) {
        return Err(Reason::Order);
    }
    Ok(())
}

/// Whether a text may say what is done before who does it.
fn is_passive(reading: &Reading) -> bool {
    let mut words = reading.text.split(|c: char| !c.is_alphanumeric());
    reading.has(Class::Passive)
        || words.any(|word| PASSIVES.contains(&word.to_lowercase().as_str()))
}

/// Whether a text says in the passive what another text says, too: a passive of anything else turns nothing round.
fn is_passive_of(reading: &Reading, other: &Reading) -> bool {
    places::agent(reading).is_some()
        || reading
            .text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| PASSIVES.contains(&word.to_lowercase().as_str()))
            .any(|word| {
                let end = word.as_ptr() as usize - reading.text.as_ptr() as usize + word.len();
                let next = reading.claims().find(|term| term.range.start >= end);
                next.is_some_and(|next| other.holds(next))
            })
}

/// Three words in the opposite order: what stands between two has been passed by both.
fn mirrored(held: &[&Held<'_>]) -> bool {
    held.iter().enumerate().any(|(first, a)| {
        held[first + 1..].iter().enumerate().any(|(next, b)| {
            b.place < a.place && held[first + next + 2..].iter().any(|c| c.place < b.place)
        })
    })
}

/// Whether the statement ascribes to one what another did: the name before the same word is another one.
fn other_subject(statement: &Reading, claim: &Reading, held: &[Held<'_>]) -> bool {
    held.iter().filter(|held| !held.term.name).any(|deed| {
        let before = |reading: &Reading, at: usize, clause: usize| {
            reading
                .terms
                .iter()
                .rfind(|term| term.range.start < at && term.clause == clause && term.name)
                .map(|term| term.term.clone())
        };
        let theirs = &claim.terms[deed.place];
        let mine = before(statement, deed.term.range.start, deed.term.clause);
        match (mine, before(claim, theirs.range.start, theirs.clause)) {
            (Some(mine), Some(theirs)) => {
                // A name that the other text does not have at all may be the same person in another form ("Ms Berg");
                // exchanged are only two that both name.
                let named_too = claim
                    .terms
                    .iter()
                    .any(|term| term.name && term.term == mine)
                    || statement
                        .terms
                        .iter()
                        .any(|term| term.name && term.term == theirs);
                mine != theirs && named_too
            }
            _ => false,
        }
    })
}
