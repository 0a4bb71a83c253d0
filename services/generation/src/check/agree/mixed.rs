//! What a sentence of several clauses says in one of them is not said of what another is about.

use stoa_language::Reading;

use super::{
    Reason,
    places::{Item, items, same},
};

/// Words that a statement takes from one clause when it says them of what another is about.
const LENT: usize = 2;

/// What stands before somebody's name.
const TITLES: [&str; 8] = ["Herr", "Frau", "Mr", "Mrs", "Ms", "Dr", "Mme", "M."];

/// What parts two sentences in one.
const SEMICOLONS: [char; 2] = [';', '；'];

/// Whether a statement takes the subject of one clause and says of it what another says: "a pass costs more, a ticket costs
/// less" has no ticket that costs more.
pub(super) fn mixed(statement: &Reading, claim: &Reading) -> Result<(), Reason> {
    // What compares two names both.
    if statement.quantities.iter().any(|own| own.factor) {
        return Ok(());
    }
    let clauses = Clauses::of(statement, claim);
    let mixed = (0..statement.clause_count()).any(|own| {
        (0..clauses.own.len()).any(|at| clauses.lends(at, own) || clauses.gives(at, own))
    });
    if mixed { Err(Reason::Order) } else { Ok(()) }
}

/// The clauses of a claim, with what stands in each of them alone.
struct Clauses<'a> {
    statement: &'a Reading,
    said: Vec<Item<'a>>,
    claim: &'a Reading,
    all: Vec<Item<'a>>,
    /// By clause: what is in no other, in its order; the first is what the clause is about.
    own: Vec<Vec<Item<'a>>>,
}

impl<'a> Clauses<'a> {
    fn of(statement: &'a Reading, claim: &'a Reading) -> Self {
        let all = items(claim);
        let clause = |item: &Item<'_>| claim.clause_of(item.start());
        let only = |item: &Item<'_>| {
            let mut same = all.iter().filter(|other| item.is(**other));
            same.all(|other| clause(other) == clause(item))
        };
        let of_clause = |at: usize| -> Vec<Item<'a>> {
            let own = all.iter().copied().filter(|item| clause(item) == at);
            own.filter(|item| only(item)).collect()
        };
        Self {
            statement,
            said: items(statement),
            claim,
            own: (0..claim.clause_count()).map(of_clause).collect(),
            all,
        }
    }

    /// Whether a clause of the statement has an item.
    fn is_said(&self, item: Item<'_>, own: usize) -> bool {
        let mut said = self.said.iter();
        said.any(|other| self.statement.clause_of(other.start()) == own && same(*other, item))
    }

    /// What a clause is about, if the statement takes that from it and nothing else.
    fn taken(&self, at: usize, own: usize) -> Option<Item<'a>> {
        let [subject, rest @ ..] = &self.own[at][..] else {
            return None;
        };
        let alone = !rest.is_empty() && !rest.iter().any(|item| self.is_said(*item, own));
        (alone && self.is_said(*subject, own)).then_some(*subject)
    }

    /// "Members buy scores, but robes are lent" does not say that they buy robes.
    fn lends(&self, at: usize, own: usize) -> bool {
        let Some(Item::Word(_)) = self.taken(at, own) else {
            return false;
        };
        let Some(before) = at.checked_sub(1).map(|before| &self.own[before]) else {
            return false;
        };
        let said = before
            .iter()
            .filter(|item| self.is_said(**item, own))
            .count();
        said >= LENT && said < before.len()
    }

    /// "The winner gets a cup, the runner-up gets a medal" does not say that the runner-up gets a cup.
    fn gives(&self, at: usize, own: usize) -> bool {
        let Some(subject) = self.taken(at, own) else {
            return false;
        };
        self.own.iter().enumerate().any(|(place, other)| {
            let [theirs, rest @ ..] = &other[..] else {
                return false;
            };
            let alike = matches!(
                (subject, theirs),
                (Item::Word(_), Item::Word(_)) | (Item::Number(_), Item::Number(_))
            );
            place != at
                && alike
                && (self.are_parallel(at, place)
                    || is_person(self.claim, subject) && is_person(self.claim, *theirs))
                && !self.is_said(*theirs, own)
                && rest.iter().any(|item| self.is_said(*item, own))
        })
    }

    /// Whether two clauses have a word in common, of which they say different things, or a semicolon parts them.
    fn are_parallel(&self, a: usize, b: usize) -> bool {
        let of = |at: usize| {
            let clause = move |item: &&Item<'a>| self.claim.clause_of(item.start()) == at;
            self.all.iter().filter(clause)
        };
        let later = of(a.max(b)).next();
        later.is_some_and(|item| self.claim.text[..item.start()].contains(SEMICOLONS))
            || of(a).any(|item| of(b).any(|other| same(*item, *other)))
    }
}

/// Whether an item names somebody: by a capital, or in German by a title.
fn is_person(reading: &Reading, item: Item<'_>) -> bool {
    let Item::Word(term) = item else { return false };
    let before = reading.text[..term.range.start].trim_end();
    let titled = |text: &str| TITLES.contains(&text);
    term.name && !term.identifier
        || before.rsplit(' ').next().is_some_and(titled)
        || titled(&reading.text[term.range.clone()])
}
