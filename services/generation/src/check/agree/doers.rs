//! Who does it, and whence and whither it goes.

use std::collections::HashSet;

use stoa_language::{
    Language, Reading,
    markers::{Class, Opposites},
    reading::Term,
};

use super::{Reason, exchanged};

/// Words of a name.
const NAME: usize = 2;
/// Words of who does something.
const DOER: usize = 4;

/// Words before the name of where something comes from, and of where it goes.
const FROM: [&str; 7] = ["from", "de", "von", "aus", "ab", "da", "desde"];

const TO: [&str; 7] = ["to", "à", "nach", "bis", "at", "a", "hasta"];

/// Verbs of whom something is done to.
const RECEIVES: [&str; 8] = [
    "get", "gets", "got", "receive", "receives", "received", "obtain", "obtained",
];

/// What stands before those who do something in Chinese.
const BY: &str = "由";
/// What stands before that character where it is half of another word.
const OF_OTHERS: [char; 2] = ['自', '理'];

/// Words behind which stands what something comes from.
const ORIGINS: [&str; 6] = ["from", "von", "aus", "从", "自", "由"];

/// Where something comes from is not where it goes to in the other text: from Nanjing to Suzhou.
fn origins_exchanged(statement: &Reading, claim: &Reading) -> bool {
    let origin = |reading: &Reading| -> Option<String> {
        let lower = reading.text.to_lowercase();
        let mut found = ORIGINS.iter().flat_map(|word| {
            lower
                .match_indices(word)
                .map(move |(at, _)| (at, at + word.len()))
        });
        let spaced = |at: Option<char>| at.is_none_or(|c| !c.is_ascii_alphabetic());
        let (from, to) = found.find(|(from, to)| {
            spaced(lower[..*from].chars().next_back()) && spaced(lower[*to..].chars().next())
        })?;
        let next = reading.claims().find(|term| term.range.start >= to)?;
        (reading.clause_of(from) == next.clause).then(|| next.plain.clone())
    };
    let has = |reading: &Reading, word: &str| reading.claims().any(|term| term.plain == word);
    match (origin(statement), origin(claim)) {
        (Some(mine), Some(theirs)) => {
            mine != theirs && has(claim, &mine) && has(statement, &theirs)
        }
        _ => false,
    }
}

/// The names that stand right behind one of some words.
fn names_behind(reading: &Reading, words: &[&str]) -> Vec<String> {
    let names = reading.claims().filter(|term| term.name);
    let behind = names.filter(|term| {
        let before = reading.text[..term.range.start].trim_end().to_lowercase();
        words
            .iter()
            .any(|word| before.rsplit(' ').next() == Some(*word))
    });
    behind.map(|term| term.plain.clone()).collect()
}

/// Whether two texts go from one name to another, and the one the other way round.
fn ways_exchanged(statement: &Reading, claim: &Reading) -> bool {
    let named = |reading: &Reading, words: &[&str]| names_behind(reading, words).into_iter().next();
    let way = |reading: &Reading| Some((named(reading, &FROM)?, named(reading, &TO)?));
    match (way(statement), way(claim)) {
        (Some((from, to)), Some((their_from, their_to))) => from == their_to && to == their_from,
        _ => false,
    }
}

/// Whether a statement has something come from whom the claim has it go to, and begins with the same name.
pub(super) fn takes_back(statement: &Reading, claim: &Reading) -> bool {
    // At the beginning of a sentence a capital tells nothing, so what it begins with is compared, name or not.
    let first = |reading: &Reading| -> Vec<String> {
        let words = reading.claims().take(NAME);
        words.map(|term| term.plain.clone()).collect()
    };
    let meet = |a: Vec<String>, b: Vec<String>| a.iter().any(|name| b.contains(name));
    statement.language == Language::English
        && meet(first(statement), first(claim))
        && (meet(
            names_behind(statement, &["from"]),
            names_behind(claim, &["to"]),
        ) || meet(
            names_behind(statement, &["to"]),
            names_behind(claim, &["from"]),
        ))
}

/// Whether a statement has somebody bought to whom its claim has something sold.
pub(super) fn buys_buyer(statement: &Reading, claim: &Reading) -> bool {
    let converse = |reading: &Reading, first: bool| {
        let mut marks = reading.marks.iter();
        marks.find_map(|mark| match mark.class {
            Class::Side(side) if side.kind == Opposites::Converse && side.first == first => {
                Some(mark.range.clone())
            }
            _ => None,
        })
    };
    let (Some(buys), Some(_)) = (converse(statement, true), converse(claim, false)) else {
        return false;
    };
    let bought = statement
        .claims()
        .find(|term| term.range.start >= buys.end)
        .filter(|term| term.name);
    let buyers = names_behind(claim, &TO);
    bought.is_some_and(|bought| buyers.contains(&bought.plain))
}

/// Words that begin a clause about whoever was named last.
const WHO: [&str; 3] = ["who", "whose", "which"];

/// Whether a statement says of another what its claim says of whom it named last: "she follows Samuel, who leads the youth"
/// has Samuel lead it.
pub(super) fn is_of_named_last(statement: &Reading, claim: &Reading) -> bool {
    let lower = claim.text.to_lowercase();
    let place = |word: &&str| {
        lower
            .find(&format!(", {word} "))
            .map(|at| (at, at + word.len() + 2))
    };
    let Some((at, from)) = WHO.iter().filter_map(place).min() else {
        return false;
    };
    let to = lower[from..]
        .find([',', ';', '.'])
        .map_or(lower.len(), |end| from + end);
    let before = |term: &&Term| term.range.end <= at;
    let Some(named) = claim
        .claims()
        .filter(before)
        .last()
        .filter(|last| last.name)
    else {
        return false;
    };
    let Some(subject) = statement.claims().next() else {
        return false;
    };
    let of_others = claim.claims().filter(before).any(|term| term.is(subject));
    let only_later = |term: &Term| {
        let mut places = claim.terms.iter().filter(|own| own.means(term)).peekable();
        places.peek().is_some() && places.all(|own| (from..to).contains(&own.range.start))
    };
    of_others && !statement.holds(named) && statement.claims().any(only_later)
}

/// Words before what something comes from, and before what it goes to.
const OUT_OF: [&str; 4] = ["from", "aus", "von", "vom"];
const TOWARDS: [&str; 6] = ["to", "towards", "into", "nach", "zum", "zur"];
/// The same in Chinese.
const OUT_OF_ZH: [&str; 3] = ["从", "自", "来自"];
const TOWARDS_ZH: [&str; 5] = ["开往", "前往", "驶往", "到", "往"];

/// Whether something comes from where it goes to in the other text: the ferry from Harstad, of the ferry to Harstad.
pub(super) fn goes_other_way(statement: &Reading, claim: &Reading) -> bool {
    let way = |reading: &Reading, term: &Term| -> Option<bool> {
        let before = reading.text[..term.range.start].trim_end().to_lowercase();
        if term.unspaced {
            let ends = |words: &[&str]| words.iter().any(|word| before.ends_with(word));
            return match (ends(&OUT_OF_ZH), ends(&TOWARDS_ZH)) {
                (true, _) => Some(false),
                (_, true) => Some(true),
                _ => None,
            };
        }
        let word = before
            .split_whitespace()
            .rev()
            .find(|word| !["the", "a", "an", "der", "dem", "den"].contains(word))?;
        if TOWARDS.contains(&word) {
            Some(true)
        } else {
            OUT_OF.contains(&word).then_some(false)
        }
    };
    statement.claims().any(|term| {
        let Some(mine) = way(statement, term) else {
            return false;
        };
        let mut theirs = claim
            .claims()
            .filter(|own| own.is(term))
            .filter_map(|own| way(claim, own))
            .peekable();
        theirs.peek().is_some() && theirs.all(|theirs| theirs != mine)
    })
}

/// Whether something goes into what goes into it in the other text: the water into the acid.
pub(super) fn goes_into_another(statement: &Reading, claim: &Reading) -> bool {
    let into = |reading: &Reading| -> Option<Term> {
        let at = reading.text.find(" into ")?;
        let mut behind = reading.claims().filter(|term| term.range.start > at);
        behind.next().cloned()
    };
    match (into(statement), into(claim)) {
        (Some(mine), Some(theirs)) => {
            !mine.means(&theirs) && claim.holds(&mine) && statement.holds(&theirs)
        }
        _ => false,
    }
}

/// Whether a text that does not say "by" has who does it behind the verb of one that does: "collected by the dairy" is not
/// "collects it from the dairy".
fn does_later(agent: &Term, passive: &Reading, active: &Reading) -> bool {
    let before = passive
        .claims()
        .filter(|term| term.range.end <= agent.range.start);
    let place = |wanted: &Term| active.claims().position(|term| term.is(wanted));
    let (Some(verb), Some(at)) = (before.last(), place(agent)) else {
        return false;
    };
    let receives = active
        .text
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| RECEIVES.contains(&word.to_lowercase().as_str()));
    // "Got her training from him" is "was trained by him".
    let english = active.language == Language::English && passive.language == Language::English;
    english && !receives && !active.has(Class::Passive) && place(verb).is_some_and(|verb| verb < at)
}

/// Who does it in a passive is who does it in the other text.
pub(super) fn agents(statement: &Reading, claim: &Reading) -> Result<(), Reason> {
    if origins_exchanged(statement, claim) || ways_exchanged(statement, claim) {
        return Err(Reason::Order);
    }
    let exchanged = match (agent(statement), agent(claim)) {
        (Some(mine), Some(theirs)) => {
            let is_one = |agent: &Term| agent.means(mine) || exchanged::shares(agent, mine);
            let mut agents = agents_of(claim)
                .filter(|(_, agent)| is_one(agent))
                .peekable();
            mine.term != theirs.term && claim.holds(mine) && statement.holds(theirs)
                || done_by_another(statement, mine, claim)
                // Whom 由 names does it, and nobody else.
                || mine.unspaced && (agents.peek().is_none() || agents.all(|(clause, _)| {
                    does_anothers(statement, claim, clause)
                }))
        }
        (Some(mine), None) => names_it_later(mine, statement, claim),
        (None, Some(theirs)) => {
            names_it_later(theirs, claim, statement)
                || agents_of(claim).any(|(_, agent)| does_later(agent, claim, statement))
        }
        (None, None) => false,
    };
    if exchanged {
        Err(Reason::Order)
    } else {
        Ok(())
    }
}

/// Whether a claim says of the same deed that somebody else did it.
pub(super) fn done_by_another(statement: &Reading, mine: &Term, claim: &Reading) -> bool {
    let deed = |reading: &Reading, agent: &Term| -> Option<Term> {
        let before = reading
            .claims()
            .filter(|term| term.range.end <= agent.range.start);
        before
            .last()
            .filter(|term| term.clause == agent.clause)
            .cloned()
    };
    let Some(own) = deed(statement, mine) else {
        return false;
    };
    let mut doers = agents_of(claim)
        .filter(|(_, agent)| deed(claim, agent).is_some_and(|deed| deed.means(&own)))
        .map(|(_, agent)| agent)
        .peekable();
    // Of a doer in several words, any may be the one that is repeated.
    doers.peek().is_some()
        && statement.language.is_latin()
        && doers.all(|agent| {
            let clause = claim.claims().filter(|term| {
                term.clause == agent.clause && term.range.start >= agent.range.start
            });
            !clause.take(DOER).any(|term| term.means(mine))
        })
}

/// Whether a statement has a word that a claim says of what others do, and not of what is done in one clause.
fn does_anothers(statement: &Reading, claim: &Reading, clause: usize) -> bool {
    let doing: HashSet<usize> = agents_of(claim).map(|(clause, _)| clause).collect();
    statement.claims().any(|term| {
        let mut places = claim
            .terms
            .iter()
            .filter(|other| other.is(term))
            .map(|other| other.clause)
            .peekable();
        places.peek().is_some() && places.all(|place| place != clause && doing.contains(&place))
    })
}

/// Who does it, in a passive.
pub(super) fn agent(reading: &Reading) -> Option<&Term> {
    agents_of(reading).next().map(|(_, agent)| agent)
}

/// The words right behind the marks of passives, with their clauses.
fn agents_of(reading: &Reading) -> impl Iterator<Item = (usize, &Term)> {
    reading
        .marks
        .iter()
        .filter(|mark| mark.class == Class::Passive)
        .filter_map(|mark| {
            let next = reading
                .terms
                .iter()
                .find(|term| term.range.start >= mark.range.end)?;
            let number = reading
                .quantities
                .iter()
                .any(|q| (mark.range.end..next.range.start).contains(&q.range.start));
            let clause = reading.clause_of(mark.range.start);
            // "By 5 May" and "by hand" are no doers: with a number between or a light word next it is another "by".
            (!number && !next.light && next.clause == clause).then_some((clause, next))
        })
}

/// Whether the active text names who does it in the passive one behind somebody whom the passive one names first.
fn names_it_later(agent: &Term, passive: &Reading, active: &Reading) -> bool {
    let place = |term: &Term| {
        active
            .terms
            .iter()
            .position(|other| other.plain == term.plain)
    };
    // Only for names: other words stand anywhere in an active sentence.
    let Some(at) = place(agent).filter(|_| agent.name) else {
        return false;
    };
    passive
        .claims()
        .filter(|term| term.name && term.range.start < agent.range.start)
        .filter_map(place)
        .any(|other| other < at)
}

/// What stands in Chinese before those to whom something goes.
const TO_WHOM: [&str; 3] = ["给", "向", "找"];
/// Who does something and is not named.
const ONESELF: [&str; 3] = ["自己", "本人", "亲自"];

/// Whether a Chinese statement names another than its claim who does it behind 由, or to whom it goes behind 给: 由管理员通知 of
/// 由人事部通知.
pub(super) fn by(statement: &Reading, claim: &Reading) -> Result<(), Reason> {
    let named = |reading: &Reading, word: &str| -> Vec<String> {
        let behind = reading
            .text
            .match_indices(word)
            .filter(|(at, _)| !reading.text[..*at].ends_with(OF_OTHERS))
            .map(|(at, by)| &reading.text[at + by.len()..]);
        let behind = behind.filter(|rest| !rest.starts_with('于'));
        // Two characters: of those who do something no more are needed to be told apart.
        behind.map(|rest| rest.chars().take(2).collect()).collect()
    };
    let other = |word: &str| {
        let (mine, theirs) = (named(statement, word), named(claim, word));
        let other = mine.into_iter().find(|own| !theirs.contains(own));
        other.filter(|_| !theirs.is_empty())
    };
    let oneself = |reading: &Reading| ONESELF.iter().find(|word| reading.text.contains(**word));
    let oneself =
        oneself(statement).filter(|_| oneself(claim).is_none() && !named(claim, BY).is_empty());
    let to = TO_WHOM.iter().find_map(|word| other(word));
    match other(BY).or(to).or(oneself.map(|word| (*word).to_owned())) {
        Some(other) => Err(Reason::Word(other)),
        None => Ok(()),
    }
}
