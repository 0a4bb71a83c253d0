//! Characters that are exchanged in scripts without spaces, where the dictionary cuts words in several ways.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use stoa_language::{
    Reading,
    fold::fold,
    markers::{Class, Opposites, Side},
    script,
};

use super::super::Reason;

/// Characters on each side of a run that is exchanged, as far as its clause goes.
const BESIDE: usize = 2;
/// Most characters of such a run.
const LONGEST: usize = 4;

/// Whether between the same characters a statement has others than its claim: 豆子炸20分钟 of 豆子煮20分钟. The dictionary may
/// cut either of them together with what stands beside it, so that no word is seen to be exchanged.
pub(in crate::check::agree) fn characters(
    statement: &Reading,
    claim: &Reading,
) -> Result<(), Reason> {
    let mine: Vec<char> = statement.folded.chars().collect();
    let theirs: Vec<char> = claim.folded.chars().collect();
    // 要 for 须 exchanges nothing that carries a meaning.
    let (own, other) = (carrying(statement, claim), carrying(claim, statement));
    if own.is_empty() || other.is_empty() {
        return Ok(());
    }
    for from in 0..mine.len() {
        for to in from + 1..=(from + LONGEST).min(mine.len()) {
            let run = &mine[from..to];
            // A number is compared as one.
            if !run.iter().all(|c| script::is_unspaced(*c)) {
                break;
            }
            let says = run.iter().any(|c| own.contains(c));
            if says && exchanged_for(&mine, from..to, &theirs, &other) {
                return Err(Reason::Word(run.iter().collect()));
            }
        }
    }
    Ok(())
}

/// Whether before a character a statement has the opposite of the one that its claim has there: 南岸 of 北岸, 小火收汁 of
/// 大火收汁.
pub(in crate::check::agree) fn opposite_characters(
    statement: &Reading,
    claim: &Reading,
) -> Result<(), Reason> {
    let chars = |reading: &Reading| -> Vec<char> { reading.folded.chars().collect() };
    let (mine, theirs) = (chars(statement), chars(claim));
    let runs = |text: &[char], length: usize| -> HashSet<String> {
        text.windows(length)
            .map(|run| run.iter().collect())
            .collect()
    };
    let (own_pairs, pairs, threes) = (runs(&mine, 2), runs(&theirs, 2), runs(&theirs, 3));
    let mut sides: HashMap<char, Option<Side>> = HashMap::new();
    let mut side = |c: char| {
        *sides.entry(c).or_insert_with(|| {
            let read = Reading::in_language(&c.to_string(), statement.language);
            read.marks.iter().find_map(|mark| match mark.class {
                Class::Side(side) if side.kind == Opposites::Order => Some(side),
                _ => None,
            })
        })
    };
    // What the claim has before each character.
    let mut before: HashMap<char, HashSet<char>> = HashMap::new();
    for pair in theirs
        .windows(2)
        .filter(|pair| script::is_unspaced(pair[0]))
    {
        before.entry(pair[1]).or_default().insert(pair[0]);
    }
    for at in 0..mine.len().saturating_sub(1) {
        let (own, next) = (mine[at], mine[at + 1]);
        if !script::is_unspaced(own) || !script::is_unspaced(next) {
            continue;
        }
        let Some(own_side) = side(own) else {
            continue;
        };
        let ahead = at.checked_sub(1).map(|ahead| mine[ahead]);
        for other in before.get(&next).into_iter().flatten() {
            let is_opposite = side(*other)
                .is_some_and(|side| side.pair == own_side.pair && side.first != own_side.first);
            let run = |chars: &[char]| chars.iter().collect::<String>();
            // Where the claim has both, what stands before tells which one is meant.
            let in_place = !pairs.contains(&run(&[own, next]))
                || ahead.is_some_and(|ahead| {
                    threes.contains(&run(&[ahead, *other, next]))
                        && !threes.contains(&run(&[ahead, own, next]))
                });
            if is_opposite && in_place && !own_pairs.contains(&run(&[*other, next])) {
                return Err(Reason::Word(run(&[own, next])));
            }
        }
    }
    Ok(())
}

/// Whether two runs have half of their characters in common, as 老师 and 教师 have.
fn are_kin(a: &[char], b: &[char]) -> bool {
    let shared = a.iter().filter(|c| b.contains(c)).count();
    shared * 2 >= a.len().min(b.len())
}

/// Characters of the words of a text that say something and that another lacks.
fn carrying(reading: &Reading, other: &Reading) -> HashSet<char> {
    reading
        .claims()
        .filter(|term| term.unspaced && !other.says(term))
        .flat_map(|term| term.plain.chars())
        .collect()
}

/// Whether a text has another run between the characters between which this one stands.
fn exchanged_for(
    mine: &[char],
    run: Range<usize>,
    theirs: &[char],
    said_there: &HashSet<char>,
) -> bool {
    let is_end = |c: &char| !c.is_alphanumeric();
    let own = &mine[run.clone()];
    // Up to the end of the clause: where it begins in one text it begins in the other.
    let near = |c: &&char| !is_end(c);
    let count = mine[..run.start]
        .iter()
        .rev()
        .take(BESIDE)
        .take_while(near)
        .count();
    let before = &mine[run.start - count..run.start];
    let count = mine[run.end..].iter().take(BESIDE).take_while(near).count();
    let behind = &mine[run.end..run.end + count];
    let held = |text: &[char], wanted: &[char]| text.windows(wanted.len()).any(|w| w == wanted);
    if before.len() + behind.len() < BESIDE || held(theirs, own) {
        return false;
    }
    let begins_alike = |from: usize| {
        theirs[..from]
            .strip_suffix(before)
            .is_some_and(|rest| before.len() == BESIDE || rest.last().is_none_or(is_end))
    };
    let ends_alike = |to: usize| {
        theirs[to..]
            .strip_prefix(behind)
            .is_some_and(|rest| behind.len() == BESIDE || rest.first().is_none_or(is_end))
    };
    (0..theirs.len())
        .filter(|from| begins_alike(*from))
        .any(|from| {
            (from + 1..=(from + LONGEST).min(theirs.len())).any(|to| {
                let other = &theirs[from..to];
                ends_alike(to)
                    && other.iter().all(|c| script::is_unspaced(*c))
                    && !are_kin(own, other)
                    && other.iter().any(|c| said_there.contains(c))
                    && !held(mine, other)
            })
        })
}

/// Whether of two negations that stand right before their words a statement drops one: 未休完的年假不折算 is not
/// 未休完的年假折算. Only scripts without spaces have them so near.
pub(in crate::check::agree) fn negation(
    statement: &Reading,
    claim: &Reading,
) -> Result<(), Reason> {
    let (mine, theirs) = (denied(statement), denied(claim));
    // At least one negation kept, and none added: otherwise the statement may say something else with another negation,
    // which `polarity` looks at.
    let kept = mine.iter().any(|word| theirs.contains(word));
    let dropped = |word: &&String| !mine.contains(word) && statement.folded.contains(word.as_str());
    let more = mine.iter().any(|word| !theirs.contains(word));
    if kept && !more && theirs.iter().any(|word| dropped(&word)) {
        return Err(Reason::Polarity);
    }
    Ok(())
}

/// The two characters behind each negation: the dictionary cuts words in several ways.
fn denied(reading: &Reading) -> Vec<String> {
    let negations = reading
        .marks
        .iter()
        .filter(|mark| matches!(mark.class, Class::Not | Class::Fails));
    let behind = negations.filter_map(|mark| {
        let rest = reading.text.get(mark.range.end..)?;
        // Two, as most Chinese verbs have.
        let word: String = rest.chars().take(2).collect();
        let is_word = word.chars().count() == 2 && word.chars().all(script::is_unspaced);
        is_word.then(|| fold(&word))
    });
    behind.collect()
}
