//! One word of a claim that is exchanged for another, where the rest is the claim's own: no paraphrase says nearly all in
//! the same words and one thing otherwise.

mod characters;
mod listed;

use std::ops::Range;

use stoa_language::{
    Language, Reading,
    markers::{Class, Mark},
    reading::Term,
};

use super::{Reason, Vouched};
use crate::read::Claim;

pub(super) use characters::{characters, negation, opposite_characters};
pub(super) use listed::{lead, row};

/// Words that a statement shares with a claim when it repeats it.
const SHARED: usize = 2;
/// Words in a row that are exchanged.
const RUN: usize = 3;

/// Particles that make another verb of an English one.
const PARTICLES: [&str; 6] = ["off", "up", "out", "down", "back", "away"];

/// Whether a statement that repeats a claim has a word in the place of another.
pub(super) fn word(statement: &Reading, claim: &Claim, vouched: Vouched) -> Result<(), Reason> {
    let (claim, row) = (&claim.reading, claim.row);
    let mine: Vec<&Term> = statement.claims().collect();
    let theirs: Vec<&Term> = claim.claims().collect();
    let places: Vec<Vec<usize>> = mine.iter().map(|term| places(term, &theirs)).collect();
    let shared = places.iter().filter(|places| !places.is_empty()).count();
    // With words in another order the statement is a paraphrase, of which the model's word and the other checks decide.
    if shared < SHARED || !in_order(&places) {
        return Ok(());
    }
    let is_own = |at: usize| places[at].is_empty() && !claim.says(mine[at]);
    let mut from = 0;
    while from < mine.len() {
        let to = (from..mine.len())
            .find(|at| !is_own(*at))
            .unwrap_or(mine.len());
        let run = from..to;
        // A longer run is not a word exchanged but something said anew.
        if (1..=RUN).contains(&run.len()) {
            let slot = Slot {
                statement,
                claim,
                mine: &mine,
                theirs: &theirs,
                places: &places,
                row,
                vouched,
            };
            if slot.holds_another(run) {
                return Err(Reason::Word(mine[from].plain.clone()));
            }
        }
        from = to + 1;
    }
    Ok(())
}

/// Where a claim has a word.
fn places(term: &Term, theirs: &[&Term]) -> Vec<usize> {
    let same = |at: &usize| theirs[*at].means(term) || shares(theirs[*at], term);
    (0..theirs.len()).filter(same).collect()
}

/// Whether the words that are shared come in one order.
fn in_order(places: &[Vec<usize>]) -> bool {
    let mut least = 0;
    places
        .iter()
        .filter(|places| !places.is_empty())
        .all(|places| {
            let next = places.iter().find(|place| **place >= least);
            next.inspect(|next| least = **next).is_some()
        })
}

/// The words of two texts, and where one has those of the other.
struct Slot<'a> {
    statement: &'a Reading,
    claim: &'a Reading,
    mine: &'a [&'a Term],
    theirs: &'a [&'a Term],
    places: &'a [Vec<usize>],
    row: bool,
    vouched: Vouched,
}

impl Slot<'_> {
    /// Whether the claim has other words between the same two, or behind the same one, that the statement lacks.
    fn holds_another(&self, run: Range<usize>) -> bool {
        // Opposites are compared where their clause and negation are known, as far as the claim names one of them.
        let is_compared = |term: &Term| {
            let pair = term.side.map(|side| side.pair);
            let names =
                |mark: &Mark| matches!(mark.class, Class::Side(side) if Some(side.pair) == pair);
            pair.is_some()
                && (self.vouched == Vouched::ByModel || self.claim.marks.iter().any(names))
        };
        if self.mine[run.clone()].iter().any(|term| is_compared(term)) {
            return false;
        }
        let before = run.start.checked_sub(1).map(|at| (at, &self.places[at]));
        let after = self.places.get(run.end);
        match (before, after) {
            (Some((before, starts)), Some(ends)) => starts.iter().any(|start| {
                let mut ends = ends.iter().filter(|end| **end > *start);
                ends.next().is_some_and(|end| {
                    let there = start + 1..*end;
                    // One word for one word needs no more proof. Longer ones are an exchange only where the same small
                    // words join them: "for three years" and "for the board".
                    let alone = run.len() == 1
                        && there.len() == 1
                        && !self.is_phrasal(self.mine[run.start]);
                    self.lacks(there.clone())
                        && (alone
                            || self.joined(before, run.start, *start, there.start)
                                && self.joined(run.end - 1, run.end, there.end - 1, *end))
                })
            }),
            (Some((before, starts)), None) => starts.iter().any(|start| {
                let there = start + 1..(start + 1 + run.len()).min(self.theirs.len());
                // "Only on the train" for "only at the station": words alone cannot tell it from saying the same.
                let is_last = there.end == self.theirs.len() && run.len() == there.len();
                self.lacks(there.clone())
                    && (self.joined(before, run.start, *start, there.start)
                        || self.vouched == Vouched::ByNobody && is_last)
            }),
            // At the beginning names are told apart by `substituted`, and everything else may be said in another order.
            (None, _) => false,
        }
    }

    /// Whether a verb has its meaning with the particle behind it: to put off is to postpone.
    fn is_phrasal(&self, verb: &Term) -> bool {
        let behind = self
            .statement
            .text
            .get(verb.range.end..)
            .unwrap_or_default();
        let next = behind
            .split(|c: char| !c.is_alphanumeric())
            .find(|word| !word.is_empty());
        // Words alone do not know which verb it is then.
        self.vouched == Vouched::ByModel
            && self.statement.language == Language::English
            && next.is_some_and(|next| PARTICLES.contains(&next.to_lowercase().as_str()))
    }

    /// Whether there are such words of the claim, and the statement has none of them.
    fn lacks(&self, there: Range<usize>) -> bool {
        (1..=RUN).contains(&there.len())
            && self.theirs[there].iter().all(|term| {
                // What stands over a cell stands between no two words.
                let is_head = self.row && self.claim.text[term.range.end..].starts_with(": ");
                !self.statement.says(term) && term.side.is_none() && !self.is_kin(term) && !is_head
            })
    }

    /// Whether a word of a script without spaces has a character with one of the statement's in common: 放进 and 放入, 老师 and
    /// 教师 are no exchange.
    fn is_kin(&self, term: &Term) -> bool {
        term.unspaced
            && self.mine.iter().any(|own| {
                own.unspaced
                    && !self.claim.holds(own)
                    && own.plain.chars().any(|c| term.plain.contains(c))
            })
    }

    /// Whether the same stands between two words of the statement and between two of the claim, and anything does.
    fn joined(&self, left: usize, right: usize, their_left: usize, their_right: usize) -> bool {
        let own = between(self.statement, self.mine[left], self.mine[right]);
        own.is_some_and(|own| {
            (!own.is_empty() || self.mine[left].unspaced)
                && between(
                    self.claim,
                    self.theirs[their_left],
                    self.theirs[their_right],
                ) == Some(own)
        })
    }
}

/// What stands between two words, but for white space at its ends.
fn between(reading: &Reading, left: &Term, right: &Term) -> Option<String> {
    let between = reading.text.get(left.range.end..right.range.start)?;
    Some(between.trim().to_lowercase())
}

/// Whether a word has before it one that the claim says of something else: the green canister of "the red canister, the
/// others into the green one".
pub(super) fn modifier(statement: &Reading, claim: &Reading) -> Result<(), Reason> {
    fn pairs(reading: &Reading) -> Vec<(&Term, &Term)> {
        let terms: Vec<&Term> = reading.claims().collect();
        let beside =
            |pair: &[&Term]| reading.text.get(pair[0].range.end..pair[1].range.start) == Some(" ");
        terms
            .windows(2)
            .filter(|pair| beside(pair))
            .map(|pair| (pair[0], pair[1]))
            .collect()
    }
    let theirs = pairs(claim);
    // "Dr Osei" is "Dr Amara Osei".
    let mut common = pairs(statement).into_iter().filter(|(_, word)| !word.name);
    let exchanged = common.find(|(before, word)| {
        let mut same = theirs.iter().filter(|(_, other)| other.is(word)).peekable();
        let others = |(other, _): &(&Term, &Term)| !other.is(before) && !statement.holds(other);
        let times = claim.claims().filter(|other| other.is(word)).count();
        same.peek().is_some()
            && same.clone().count() == times
            && same.all(others)
            && claim.holds(before)
    });
    match exchanged {
        Some((before, _)) => Err(Reason::Word(before.plain.clone())),
        None => Ok(()),
    }
}

/// Words of scripts without spaces are cut in several ways: one may hold the other.
pub(super) fn shares(a: &Term, b: &Term) -> bool {
    a.unspaced
        && b.unspaced
        && !a.plain.is_empty()
        && !b.plain.is_empty()
        && (a.plain.contains(&b.plain) || b.plain.contains(&a.plain))
        && !is_other_rank(&a.plain, &b.plain)
        && !is_other_rank(&b.plain, &a.plain)
}

/// Characters that make another of whom they stand before: 副社长 is not 社长.
const RANKS: [&str; 6] = ["副", "前", "准", "非", "代", "助"];

fn is_other_rank(longer: &str, shorter: &str) -> bool {
    longer
        .strip_suffix(shorter)
        .is_some_and(|before| RANKS.contains(&before))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Checker as _, Finding, Ground, Statement, judge::fooled};
    use crate::read::Source;

    /// Whether a statement stands that a model vouches for with the sentence most like it.
    fn stands(text: &str, statement: &str) -> bool {
        let sources = [Source::new(text, "")];
        let question = Reading::of(statement);
        let ground = Ground::new(&sources, &question);
        let statement = [Statement {
            text: statement.to_owned(),
            cited: vec![1],
        }];
        let findings = futures::executor::block_on(fooled().check(&statement, ground));
        matches!(findings.expect("it checks")[..], [Finding::Carried(_)])
    }

    #[test]
    fn one_word_of_a_sentence_is_not_exchanged_for_another() {
        let text = "The gardener waters the roses behind the chapel every evening.";
        assert!(stands(
            text,
            "The gardener waters the roses behind the chapel."
        ));
        assert!(stands(text, "Every evening the gardener waters the roses."));
        assert!(!stands(
            text,
            "The gardener waters the tulips behind the chapel."
        ));
        let text = "将面粉与温水混合后静置二十分钟。";
        assert!(stands(text, "面粉与温水混合后静置二十分钟。"));
        assert!(!stands(text, "将面粉与牛奶混合后静置二十分钟。"));
    }

    #[test]
    fn items_keep_to_the_line_that_introduces_them() {
        let text = "Guests bring:\n\n- towels\n- a lamp with a blue shade\n\nThe hut provides:\n\n- pots and plates";
        assert!(stands(text, "Guests bring towels."));
        assert!(!stands(text, "Guests bring pots and plates."));
        assert!(!stands(text, "Bring a lamp with a green shade."));
    }

    #[test]
    fn rows_keep_to_what_they_name() {
        let text =
            "| Boat | Places | Price |\n|---|---|---|\n| Heron | 4 | $30 |\n| Otter | 2 | $18 |";
        assert!(stands(text, "The Heron has 4 places."));
        assert!(!stands(text, "The Otter has 4 places."));
        assert!(!stands(text, "Otter costs $30."));
    }

    #[test]
    fn of_two_negations_none_is_dropped() {
        let text = "未登记的车辆不得停入地下车库。";
        assert!(stands(text, "未登记的车辆不得停入地下车库。"));
        assert!(!stands(text, "未登记的车辆可以停入地下车库。"));
        let text = "未用完的额度不折算为现金。";
        assert!(!stands(text, "未用完的额度折算为现金。"));
    }

    #[test]
    fn a_period_is_the_claim_s_own() {
        let text = "The pump runs four times a day in summer and twice a week in winter.";
        assert!(stands(text, "The pump runs four times a day in summer."));
        assert!(!stands(text, "The pump runs four times a month in summer."));
        let text = "每天凌晨两点更新词库，每周日更新界面。";
        assert!(stands(text, "每天凌晨两点更新词库。"));
        assert!(!stands(text, "每天凌晨两点更新界面。"));
        assert!(!stands(
            "第一天举行工作坊，第二天参观工厂。",
            "第二天举行工作坊。"
        ));
    }
}
