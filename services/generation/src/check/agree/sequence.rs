//! What comes first and what comes after it.

use stoa_language::{
    Reading,
    markers::{Class, Mark, Opposites, Side},
    reading::Term,
};

use super::{Reason, exchanged};

/// Chinese words behind what they say that something comes before or after.
const BEHIND: [&str; 6] = ["前", "后", "之前", "之后", "以前", "以后"];
/// What does come first, before its verb.
const FIRST: &str = "先";

/// What a text names as the earlier or the later of two.
struct Moment<'a> {
    what: Vec<&'a Term>,
    /// Something else comes after it.
    earlier: bool,
}

/// Whether two texts have one order in time: "after the blood sample" is not "before" it, but "first the sample, then the
/// scan" is "the scan after the sample".
pub(super) fn agrees(statement: &Reading, claim: &Reading) -> Result<(), Reason> {
    let same = |a: &[&Term], b: &[&Term]| {
        let mut pairs = a.iter().flat_map(|a| b.iter().map(move |b| (a, b)));
        pairs.any(|(a, b)| a.means(b) || exchanged::shares(a, b))
    };
    let held =
        |reading: &Reading, moment: &Moment<'_>| moment.what.iter().any(|term| reading.holds(term));
    let theirs: Vec<Moment<'_>> = moments(claim).collect();
    // Where both say what is done first and what next, that is compared and nothing else.
    let is_told = tells_next(statement) && tells_next(claim);
    let turned = !is_told
        && moments(statement).any(|mine| {
            let shared = |other: &Moment<'_>| {
                let is_shared = |own: &&&Term| same(&[**own], &other.what);
                mine.what.iter().filter(is_shared).count()
            };
            let most = theirs.iter().map(shared).max().unwrap_or_default();
            if most > 0 {
                let mut nearest = theirs.iter().filter(|other| shared(other) == most);
                return nearest.all(|other| mine.earlier != other.earlier);
            }
            // Each text names another of the two.
            theirs.iter().any(|other| {
                mine.earlier == other.earlier && held(claim, &mine) && held(statement, other)
            })
        });
    if turned || is_told_backwards(statement, claim) {
        Err(Reason::Opposite)
    } else {
        Ok(())
    }
}

/// What comes next, behind a Chinese 先.
const NEXT: [&str; 6] = ["再", "然后", "接着", "随后", "最后", "后"];

/// Whether a statement tells what comes first and what comes next, and the claim names them the other way round: 先上色再雕刻
/// of 先雕刻、后上色.
fn is_told_backwards(statement: &Reading, claim: &Reading) -> bool {
    let text = &statement.text;
    let Some(first) = text.find(FIRST).map(|at| at + FIRST.len()) else {
        return false;
    };
    let next = NEXT
        .iter()
        .filter_map(|word| text[first..].find(word).map(|at| first + at + word.len()))
        .min();
    // The words behind each, up to the other: where the claim has them.
    let place = |from: usize, to: usize| {
        let words = statement.claims().filter(|term| {
            term.unspaced && term.side.is_none() && (from..to).contains(&term.range.start)
        });
        let found = words.filter_map(|term| claim.folded.find(&term.plain));
        found.min()
    };
    let Some(next) = next else {
        return false;
    };
    let (earlier, later) = (place(first, next), place(next, text.len()));
    // "先 …" of another sentence tells nothing of this one.
    claim.text.contains(FIRST) && earlier.zip(later).is_some_and(|(a, b)| a > b)
}

/// Whether a Chinese text says what is done first and what next.
fn tells_next(reading: &Reading) -> bool {
    let text = &reading.text;
    text.find(FIRST)
        .is_some_and(|at| NEXT.iter().any(|word| text[at..].contains(word)))
}

fn moments(reading: &Reading) -> impl Iterator<Item = Moment<'_>> {
    reading.marks.iter().filter_map(|mark| {
        let side = in_time(mark)?;
        let word = reading.text.get(mark.range.clone())?;
        // Of numbers it is asked with the number.
        if super::bounds_one(reading, &mark.range) {
            return None;
        }
        let clause = reading.clause_of(mark.range.start);
        // All of its clause that stands on its side: "before a flight is booked" is before the booking.
        let is_behind = !BEHIND.contains(&word);
        let what: Vec<&Term> = reading
            .claims()
            .filter(|term| term.clause == clause)
            .filter(|term| {
                if is_behind {
                    term.range.start >= mark.range.end
                } else {
                    term.range.end <= mark.range.start
                }
            })
            .collect();
        let earlier = word == FIRST || !side.first;
        (!what.is_empty()).then_some(Moment { what, earlier })
    })
}

/// The side of a word that says before or after.
pub(super) fn in_time(mark: &Mark) -> Option<Side> {
    match mark.class {
        Class::Side(side) if side.kind == Opposites::Time => Some(side),
        _ => None,
    }
}
