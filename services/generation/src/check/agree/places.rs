//! What a word or number of a claim belongs to, where opposites, an exception or a passive part it.

use std::{collections::HashSet, ops::Range};

use stoa_language::{
    Language, Reading,
    markers::{Class, Mark, Opposites, Side},
    quantity::Quantity,
    reading::Term,
};

use super::{Reason, exchanged, hours};

/// Words that a statement takes from one clause when it says them of what another is about.
const LENT: usize = 2;
/// Words of who does something.
const DOER: usize = 4;
/// What stands before somebody's name.
const TITLES: [&str; 8] = ["Herr", "Frau", "Mr", "Mrs", "Ms", "Dr", "Mme", "M."];
/// Words before the name of where something comes from, and of where it goes.
const FROM: [&str; 7] = ["from", "de", "von", "aus", "ab", "da", "desde"];
const TO: [&str; 7] = ["to", "à", "nach", "bis", "at", "a", "hasta"];
/// Verbs of whom something is done to.
const RECEIVES: [&str; 8] = [
    "get", "gets", "got", "receive", "receives", "received", "obtain", "obtained",
];
/// Words behind which stands what something comes from.
const ORIGINS: [&str; 6] = ["from", "von", "aus", "从", "自", "由"];

/// What both texts may have.
#[derive(Clone, Copy)]
enum Item<'a> {
    Word(&'a Term),
    Number(&'a Quantity),
}

impl Item<'_> {
    fn start(self) -> usize {
        match self {
            Self::Word(term) => term.range.start,
            Self::Number(quantity) => quantity.range.start,
        }
    }

    fn is(self, other: Item<'_>) -> bool {
        match (self, other) {
            (Self::Word(a), Item::Word(b)) => a.is(b),
            (Self::Number(a), Item::Number(b)) => a.agrees(b),
            _ => false,
        }
    }
}

/// Words and numbers of a text, in their order.
fn items(reading: &Reading) -> Vec<Item<'_>> {
    let words = reading.claims();
    let numbers = reading.quantities.iter().filter(|quantity| !quantity.weak);
    let mut items: Vec<Item<'_>> = words.map(Item::Word).collect();
    items.extend(numbers.map(Item::Number));
    items.sort_by_key(|item| item.start());
    items
}

/// Of two opposites that a claim names, what it says of one is not said of the other: closed on Monday and open on
/// Friday.
pub(super) fn parted(statement: &Reading, claim: &Reading) -> Result<(), Reason> {
    let same_hours = hours::agree(statement, claim).is_some();
    for (pair, kind) in both_named(claim) {
        // When it opens and closes is compared by its times.
        if kind == Opposites::Hours && same_hours {
            continue;
        }
        // The opposites themselves are what the others belong to.
        let others = |reading| -> Vec<Item<'_>> {
            let own = sides(reading, pair);
            let mut items = items(reading);
            items.retain(|item| !own.iter().any(|(range, _)| range.contains(&item.start())));
            items
        };
        let (mine, theirs) = (others(statement), others(claim));
        let said = sides(statement, pair);
        // A statement that names neither of the two says nothing that could be on the wrong side.
        if said.is_empty() {
            continue;
        }
        let owners = owners(claim, &theirs, &sides(claim, pair));
        // With one opposite named, all of its clause belongs to that; with both, each item to the one beside it.
        let own = if let [(range, side)] = &said[..] {
            let clause = statement.clause_of(range.start);
            let of_clause = |item: &Item<'_>| statement.clause_of(item.start()) == clause;
            // Not open is closed.
            let polar = statement.polar_pairs().contains(&pair);
            let side = &(*side != (polar && statement.is_negated(clause, &HashSet::new())));
            mine.iter()
                .map(|item| of_clause(item).then_some(*side))
                .collect()
        } else {
            self::owners(statement, &mine, &said)
        };
        let exchanged = mine.iter().zip(own).any(|(item, side)| {
            let same = theirs
                .iter()
                .zip(&owners)
                .filter(|(other, _)| item.is(**other));
            let sides: Vec<Option<bool>> = same.map(|(_, owner)| *owner).collect();
            side.is_some_and(|side| {
                // A word that the claim has on both sides, or on none, tells nothing.
                !sides.is_empty() && sides.iter().all(|other| *other == Some(!side))
            })
        });
        if exchanged {
            return Err(Reason::Opposite);
        }
    }
    Ok(())
}

/// Opposites that a text names both of, as words of its own.
fn both_named(reading: &Reading) -> HashSet<(u16, Opposites)> {
    let named = |first: bool| -> HashSet<(u16, Opposites)> {
        reading
            .marks
            .iter()
            .filter_map(|mark| side_of(reading, mark))
            .filter(|side| side.first == first)
            .map(|side| (side.pair, side.kind))
            .collect()
    };
    named(true).intersection(&named(false)).copied().collect()
}

/// Prepositions such as from and until belong to one number each, which is compared elsewhere.
fn side_of(reading: &Reading, mark: &Mark) -> Option<Side> {
    match mark.class {
        Class::Side(side) if !side.bounds() => reading
            .terms
            .iter()
            .any(|term| term.range.start < mark.range.end && mark.range.start < term.range.end)
            .then_some(side),
        _ => None,
    }
}

/// Where a text names one of two opposites, and whether it is the first.
fn sides(reading: &Reading, pair: u16) -> Vec<(Range<usize>, bool)> {
    reading
        .marks
        .iter()
        .filter_map(|mark| Some((mark.range.clone(), side_of(reading, mark)?)))
        .filter(|(_, side)| side.pair == pair)
        .map(|(range, side)| (range, side.first))
        .collect()
}

/// The opposite that each item belongs to: the one before it, or the one behind it where nothing stands behind the last.
/// What the text is about stands first and belongs to both.
fn owners(
    reading: &Reading,
    items: &[Item<'_>],
    sides: &[(Range<usize>, bool)],
) -> Vec<Option<bool>> {
    let last = sides.last().map_or(0, |(range, _)| range.start);
    // A clause with one of the two is all of that one.
    let in_clause = |item: &Item<'_>| {
        let clause = reading.clause_of(item.start());
        let mut own = sides
            .iter()
            .filter(|(range, _)| reading.clause_of(range.start) == clause);
        let first = own.next()?;
        own.next().is_none().then_some(first.1)
    };
    let parted = reading.clause_count() > 1
        && sides
            .iter()
            .map(|(range, _)| reading.clause_of(range.start))
            .collect::<HashSet<_>>()
            .len()
            == sides.len();
    let behind = items.iter().any(|item| item.start() > last);
    let owner = |(at, item): (usize, &Item<'_>)| {
        if parted
            && at > 0
            && matches!(item, Item::Number(_))
            && let Some(side) = in_clause(item)
        {
            return Some(side);
        }
        // "Closed on Monday, open on Friday" and "Mondays closed, Fridays open" are told apart by where the last
        // opposite stands.
        let side = if behind {
            sides.iter().rfind(|(range, _)| range.start < item.start())
        } else {
            sides.iter().find(|(range, _)| range.start > item.start())
        };
        // What is cheap for some and free for others stands before both.
        let topic = !behind
            && matches!(item, Item::Word(term) if !term.name)
            && sides
                .first()
                .is_some_and(|(range, _)| range.start > item.start());
        side.filter(|_| at > 0 && !topic).map(|(_, first)| *first)
    };
    items.iter().enumerate().map(owner).collect()
}

/// Of two clauses a statement does not take the subject of one and say of it what the other says: "the school pays for the
/// tickets, parents for the coach" has no parents who pay for tickets.
pub(super) fn mixed(statement: &Reading, claim: &Reading) -> Result<(), Reason> {
    // What compares two names both.
    if statement.quantities.iter().any(|own| own.factor) {
        return Ok(());
    }
    let theirs = items(claim);
    let clause = |item: &Item<'_>| claim.clause_of(item.start());
    // What stands in more than one clause tells none of them from the others.
    let only = |item: &Item<'_>| {
        theirs
            .iter()
            .all(|other| !item.is(*other) || clause(other) == clause(item))
    };
    let of_clause = |at: usize| -> Vec<Item<'_>> {
        let own = theirs.iter().copied().filter(|item| clause(item) == at);
        own.filter(|item| only(item)).collect()
    };
    let clauses: Vec<Vec<Item<'_>>> = (0..claim.clause_count()).map(of_clause).collect();
    // Two clauses that have a word in common say different things of it, and so do two that a semicolon parts.
    let parallel = |a: usize, b: usize| {
        let between = |item: &Item<'_>| clause(item) == a.max(b);
        let parted = theirs
            .iter()
            .find(|item| between(item))
            .is_some_and(|item| {
                claim.text[..item.start()]
                    .trim_end_matches(|c: char| c != ';' && c != '；')
                    .len()
                    > 0
                    && claim.clause_of(item.start()) > 0
            });
        parted
            || theirs.iter().any(|item| {
                clause(item) == a
                    && theirs
                        .iter()
                        .any(|other| clause(other) == b && same(*item, *other))
            })
    };
    let mine = items(statement);
    let said = |item: &Item<'_>, own: usize| {
        mine.iter()
            .any(|other| statement.clause_of(other.start()) == own && same(*other, *item))
    };
    // "Members buy scores, but robes are lent" does not say that they buy robes.
    let lent = (0..statement.clause_count()).any(|own| {
        clauses.iter().enumerate().skip(1).any(|(at, one)| {
            let [subject, rest @ ..] = &one[..] else {
                return false;
            };
            let before = &clauses[at - 1];
            said(subject, own)
                && matches!(subject, Item::Word(_))
                && !rest.is_empty()
                && !rest.iter().any(|item| said(item, own))
                && before.iter().filter(|item| said(item, own)).count() >= LENT
                && before.iter().any(|item| !said(item, own))
        })
    });
    let taken = lent
        || (0..statement.clause_count()).any(|own| {
            clauses.iter().enumerate().any(|(at, one)| {
                let [subject, rest @ ..] = &one[..] else {
                    return false;
                };
                said(subject, own)
                    && !rest.is_empty()
                    && !rest.iter().any(|item| said(item, own))
                    && clauses.iter().enumerate().any(|(place, other)| {
                        let [theirs, rest @ ..] = &other[..] else {
                            return false;
                        };
                        place != at
                            && matches!(
                                (subject, theirs),
                                (Item::Word(_), Item::Word(_)) | (Item::Number(_), Item::Number(_))
                            )
                            && (parallel(at, place)
                                || is_person(claim, subject) && is_person(claim, theirs))
                            && !said(theirs, own)
                            && rest.iter().any(|item| said(item, own))
                    })
            })
        });
    if taken { Err(Reason::Order) } else { Ok(()) }
}

/// Whether an item names somebody: by a capital, or in German by a title.
fn is_person(reading: &Reading, item: &Item<'_>) -> bool {
    let Item::Word(term) = item else { return false };
    let before = reading.text[..term.range.start].trim_end();
    let titled = |text: &str| TITLES.contains(&text);
    term.name && !term.identifier
        || before.rsplit(' ').next().is_some_and(titled)
        || titled(&reading.text[term.range.clone()])
}

/// Whether two items are one; words of scripts without spaces are cut in several ways.
fn same(a: Item<'_>, b: Item<'_>) -> bool {
    match (a, b) {
        (Item::Word(a), Item::Word(b)) => {
            let long = |term: &Term| term.plain.chars().count() > 1;
            a.means(b) || long(a) && long(b) && exchanged::shares(a, b)
        }
        _ => a.is(b),
    }
}

/// What is left out is not what is meant: with one instead of the other.
pub(super) fn excepted(statement: &Reading, claim: &Reading) -> Result<(), Reason> {
    let classes = [Class::Except, Class::Instead];
    let (mine, theirs) = (exceptions(statement, &classes), exceptions(claim, &classes));
    if mine.is_empty() || theirs.is_empty() {
        return Ok(());
    }
    let within = |item: &Item<'_>, places: &[Range<usize>]| {
        places.iter().any(|place| place.contains(&item.start()))
    };
    let others = items(claim);
    let exchanged = items(statement).iter().any(|item| {
        let mut same = others.iter().filter(|other| item.is(**other)).peekable();
        // A word that the claim has both inside and outside of its exception may be either.
        same.peek().is_some() && same.all(|other| within(item, &mine) != within(other, &theirs))
    });
    if exchanged {
        Err(Reason::Opposite)
    } else {
        Ok(())
    }
}

/// Whether a claim has all that a statement leaves out.
pub(super) fn names_all_excepted(statement: &Reading, claim: &Reading) -> bool {
    let places = exceptions(statement, &[Class::Except]);
    let others = items(claim);
    !places.is_empty()
        && items(statement)
            .iter()
            .filter(|item| places.iter().any(|place| place.contains(&item.start())))
            .all(|item| others.iter().any(|other| item.is(*other)))
}

/// From behind each exception to the end of its clause.
pub(super) fn exceptions(reading: &Reading, classes: &[Class]) -> Vec<Range<usize>> {
    reading
        .marks
        .iter()
        .filter(|mark| classes.contains(&mark.class))
        .map(|mark| {
            // 除 … 外 holds it.
            if reading
                .claims()
                .any(|term| mark.range.contains(&term.range.start))
            {
                return mark.range.clone();
            }
            let clause = reading.clause_of(mark.range.start);
            let end = items(reading)
                .iter()
                .map(|item| item.start())
                .filter(|start| reading.clause_of(*start) == clause)
                .max();
            // Up to the last item, not the end of the clause: items are found by where they begin.
            mark.range.end..end.map_or(mark.range.end, |end| end + 1)
        })
        .filter(|range| !range.is_empty())
        .collect()
}

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

/// Whether two texts go from one name to another, and the one the other way round.
fn ways_exchanged(statement: &Reading, claim: &Reading) -> bool {
    let named = |reading: &Reading, words: &[&str]| -> Option<String> {
        let names = reading.claims().filter(|term| term.name);
        let mut found = names.filter(|term| {
            let before = reading.text[..term.range.start].trim_end().to_lowercase();
            words
                .iter()
                .any(|word| before.rsplit(' ').next() == Some(*word))
        });
        found.next().map(|term| term.plain.clone())
    };
    let way = |reading: &Reading| Some((named(reading, &FROM)?, named(reading, &TO)?));
    match (way(statement), way(claim)) {
        (Some((from, to)), Some((their_from, their_to))) => from == their_to && to == their_from,
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
