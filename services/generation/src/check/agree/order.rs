//! Who did it to whom, as the order of the words says it.

use stoa_language::{Language, Reading, markers::Class, reading::Term};

use super::{Held, Reason, Vouched, doers};

/// Words of a passive that does not say who does it.
const PASSIVES: [&str; 12] = [
    "is", "are", "was", "were", "be", "been", "being", "wird", "werden", "wurde", "wurden",
    "worden",
];

/// Who did it to whom is in the order of the words, but for a passive.
pub(super) fn order(
    statement: &Reading,
    claim: &Reading,
    held: &[Held<'_>],
    vouched: Vouched,
) -> Result<(), Reason> {
    // Before the passives are let off: a passive with "by" names who did it, in whatever order.
    doers::agents(statement, claim)?;
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
            // A German verb has many places, and nouns show by their capital.
            let is_verb =
                statement.language == Language::German && !is_capital(statement, held.term);
            vouched == Vouched::ByNobody && !is_verb
                || held.term.name
                || statement.clause_count() == 1 && statement.language.is_latin()
        })
        .collect();
    // What a Chinese sentence begins with may stand anywhere in another.
    let topic = claim.claims().next().filter(|topic| topic.unspaced);
    let told: Vec<&Held<'_>> = told
        .into_iter()
        .filter(|held| topic.is_none_or(|topic| !topic.means(held.term)))
        .collect();
    if !excepts && mirrored(&told) || other_subject(statement, claim, held) {
        return Err(Reason::Order);
    }
    Ok(())
}

/// Whether a word is written with a capital.
pub(super) fn is_capital(reading: &Reading, term: &Term) -> bool {
    reading.text[term.range.start..].starts_with(char::is_uppercase)
}

/// Whether a text may say what is done before who does it.
pub(super) fn is_passive(reading: &Reading) -> bool {
    let mut words = reading.text.split(|c: char| !c.is_alphanumeric());
    reading.has(Class::Passive)
        || words.any(|word| PASSIVES.contains(&word.to_lowercase().as_str()))
}

/// Whether a text says in the passive what another text says, too: a passive of anything else turns nothing round.
fn is_passive_of(reading: &Reading, other: &Reading) -> bool {
    doers::agent(reading).is_some()
        || reading
            .text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| PASSIVES.contains(&word.to_lowercase().as_str()))
            .any(|word| {
                let end = word.as_ptr() as usize - reading.text.as_ptr() as usize + word.len();
                let next = reading.claims().find(|term| term.range.start >= end);
                // "Is paying" is active.
                next.is_some_and(|next| other.holds(next) && !next.plain.ends_with("ing"))
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
