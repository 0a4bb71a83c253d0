//! Statements in words of their own that a number of their sentence pins down.
//!
//! Who writes "the trip takes two nights" has one sentence in mind, and a number that only this one has shows which. What a
//! model that vouches for a statement could not get past (`vouched`) is asked of it as well, and of its words that none is
//! said of something else; which words it is said in is left open then.

use stoa_language::{
    Reading,
    quantity::{Quantity, Sense, Unit, Value},
    reading::Term,
};

use super::{
    super::{
        Ground, Reason, Statement,
        agree::{self, Vouched},
        vouched::{Trust, held},
    },
    own::{added_superlative, compound_of_another, is_exchanged},
};
use crate::read::{Claim, Source, UnitKind};

/// Counts below stand in many sentences.
const FEW: Value = Value::whole(10);

/// The claim whose number shows that a statement is of it, where nothing is at odds with it.
pub(super) fn carried<'a>(
    source: &'a Source,
    statement: &Reading,
    text: &Statement,
    ground: Ground<'_>,
) -> Option<&'a Claim> {
    let claims = source
        .claims()
        .iter()
        .filter(|claim| source.units[claim.unit].kind != UnitKind::Heading);
    let mut pinned = claims.filter(|claim| pins(statement, claim, source));
    pinned.find(|claim| {
        !names_another(statement, &claim.reading)
            && !says_of_part(statement, &claim.reading)
            && stands_for(statement, claim, source, ground)
            && agrees(statement, claim, source, ground)
            && keeps_apart(statement, claim, source)
            && if is_only_one(statement, claim) && statement.language.is_latin() {
                agree::turns_nothing(statement, claim).is_ok()
            } else {
                agree::puts_alike(statement, claim).is_ok()
            }
            && held(text, source, &[&claim.quote], None, ground, Trust::Untested).is_ok()
    })
}

/// Whether a number of a statement is a claim's, and of no other sentence.
fn pins(statement: &Reading, claim: &Claim, source: &Source) -> bool {
    let mut own = statement.quantities.iter().filter(|own| tells(own));
    own.any(|own| {
        agree::has_number(own, &claim.reading)
            && source
                .claims()
                .iter()
                .filter(|other| other.unit != claim.unit)
                .all(|other| !agree::has_number(own, &other.reading))
    }) && statement.claims().any(|term| claim.reading.says(term))
}

/// Whether a statement begins with other words than its claim and then goes on as it does: the museum opens at nine, of the
/// library opens at nine.
fn names_another(statement: &Reading, claim: &Reading) -> bool {
    let (mine, theirs): (Vec<&Term>, Vec<&Term>) =
        (statement.claims().collect(), claim.claims().collect());
    let Some(from) = mine.iter().position(|term| claim.says(term)) else {
        return false;
    };
    let Some(place) = theirs.iter().position(|own| own.means(mine[from])) else {
        return false;
    };
    from > 0 && place > 0 && theirs[..place].iter().all(|own| !statement.says(own))
}

/// Whether the words of a statement's own may stand for those of its claim that it leaves out: none is added, and no one word
/// stands in the place of another.
fn stands_for(statement: &Reading, claim: &Claim, source: &Source, ground: Ground<'_>) -> bool {
    let own: Vec<&Term> = statement
        .claims()
        .filter(|term| {
            !term.faint
                && !claim.reading.says(term)
                && !source.heading().holds(term)
                && !ground.question.holds(term)
        })
        .collect();
    let left_out = claim.reading.claims().filter(|term| !statement.says(term));
    own.len() <= left_out.count()
        && !matches!(own[..], [own] if is_exchanged(statement, &claim.reading, own))
}

/// Words before what something is of, in or for.
const OF: [&str; 16] = [
    "in", "of", "for", "to", "from", "at", "with", "without", "on", "im", "vom", "von", "der",
    "des", "beim", "für",
];
/// Words between such a word and its noun.
const ARTICLES: [&str; 12] = [
    "the", "a", "an", "your", "our", "its", "der", "die", "das", "dem", "den", "einer",
];

/// Whether a statement says of something else what its claim says of what it begins with: the cleaning of a cabin, or the
/// cabin key, of a cabin.
fn says_of_part(statement: &Reading, claim: &Reading) -> bool {
    let Some(subject) = claim.claims().next() else {
        return false;
    };
    let mine: Vec<&Term> = statement.claims().collect();
    let Some(at) = mine.iter().position(|own| own.means(subject)) else {
        return false;
    };
    let before = statement.text[..mine[at].range.start].to_lowercase();
    let joint = before
        .split_whitespace()
        .rev()
        .find(|word| !ARTICLES.contains(word));
    let is_of = joint.is_some_and(|word| OF.contains(&word) || word.ends_with("'s"));
    let next = mine.get(at + 1).filter(|next| {
        next.range.start.saturating_sub(mine[at].range.end) <= 2
            && !claim.says(next)
            && !next.unspaced
    });
    is_of && mine[..at].iter().any(|own| !claim.says(own)) || next.is_some()
}

/// Whether a claim has no number that could stand for one of a statement, but those that it says: of two prices the words
/// would have to tell which is meant.
fn is_only_one(statement: &Reading, claim: &Claim) -> bool {
    let numbers = || claim.reading.quantities.iter().filter(|other| !other.weak);
    let said = |other: &Quantity| agree::has_number(other, statement);
    statement
        .quantities
        .iter()
        .filter(|own| tells(own))
        .all(|own| numbers().all(|other| said(other) || !agree::is_alike(own, other)))
}

/// Whether a number stands in few sentences: an amount, a day, a time, and no count, rank or version.
fn tells(own: &Quantity) -> bool {
    let tells = |sense: &Sense| match sense {
        Sense::Measure(measure) => measure.unit != Unit::COUNT || measure.value >= FEW,
        Sense::Date(_) | Sense::Time(_) => true,
        _ => false,
    };
    !own.weak && !own.every && own.readings.iter().all(tells)
}

/// Whether nothing of a statement is at odds with a claim but, maybe, a word that bounds.
fn agrees(statement: &Reading, claim: &Claim, source: &Source, ground: Ground<'_>) -> bool {
    match agree::agrees(statement, claim, source, ground.question, Vouched::ByNobody) {
        // A word that bounds in time, for one: "until it is over" and "after it".
        Ok(()) | Err(Reason::Opposite) => true,
        Err(_) => false,
    }
}

/// Whether no word of a statement is said of something else: of the other half of the sentence, or of another row.
fn keeps_apart(statement: &Reading, claim: &Claim, source: &Source) -> bool {
    let of_another = |term: &Term| {
        let mut others = source.claims().iter();
        others.any(|other| (other.unit == claim.unit || other.row) && other.reading.holds(term))
    };
    statement.claims().all(|term| {
        claim.reading.says(term)
            || source.heading().holds(term)
            || !(term.side.is_some() || term.name || term.identifier || of_another(term))
    }) && added_superlative(statement, &claim.reading).is_none()
        && compound_of_another(source, claim, statement).is_none()
}
