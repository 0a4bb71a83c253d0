//! Answer, or say nothing; and what to quote.

use std::collections::{HashMap, HashSet};

use stoa_language::{Language, script};

use super::{
    amounts,
    kind::{AnswerKind, Asked},
    nearness::Nearness,
    passage::{Passage, Piece},
    score::Scored,
    text,
};

// The shares and thresholds here and in `score` were chosen on RGB and on questions of our own: expect a little less of
// others, and measure again (`make eval`) when one is changed.

/// Most pieces that are quoted.
const MOST: usize = 4;
/// Share of the best piece's score that another must reach to be quoted.
const NEAR_BEST: f32 = 0.55;
/// Share of what the best piece holds of the question that another must hold.
const BESIDE_BEST: f32 = 0.6;
/// Share of a quoted piece's score from which on another confirms it, and of its coverage from which on one that has the
/// year takes its place.
const NEAR_FIRST: f32 = 0.8;
/// Share of a quoted piece's score that a piece of another section of its document must reach.
const NEAR_EQUAL: f32 = 0.95;
/// Pieces with one and the same answer that are quoted.
const CONFIRMED: usize = 2;
/// How much less near in meaning than the nearest a piece may be.
const BESIDE_NEAREST: f32 = 0.3;
/// Share of its document's best piece that another must reach where that one has nearly all that is asked, for a document
/// seldom says a thing twice.
const NEAR_BEST_OF_DOCUMENT: f32 = 0.8;
/// Share of the question from which on it has nearly all.
const WHOLE: f32 = 0.85;
/// The share of `NEAR_BEST` for a row of a table: rows differ in little but what they are about.
const NEAR_BEST_ROW: f32 = 0.95;

/// Parts of the question that a piece must have more than others, where each of several things is asked for.
const MORE: u32 = 2;

/// Share of the question that a document must hold to be about it.
const ABOUT: f32 = 0.3;
/// Votes that count towards an answer, and how many make one.
const VOTES: f32 = 2.5;
const VOTES_OF_ONE: f32 = 4.0;

/// The least that an answer in Chinese must have: where several documents are about the question and could agree, its
/// score, what agrees with it and its nearness; where only one is, with which nothing can agree, its score.
const SEVERAL: f32 = 2.35;
const VOTE_IN_CHINESE: f32 = 0.35;
const VOTES_IN_CHINESE: f32 = 2.0;
const ALONE: f32 = 0.65;
/// The same in languages that part words: what its best piece must score, and, where this many documents are about the
/// question, votes and pieces together.
const BEST: f32 = 0.40;
const TOGETHER: f32 = 0.84;
const CROWD: usize = 3;
const PAIR: usize = 2;
/// Share of the question that a passage must say in the question's words, and how near it is where it need not.
const HALF: f32 = 0.5;
const NEAREST: f32 = 0.3;

/// How near an answer usually is.
const USUAL: f32 = 1.0;
/// How sure it must be that a piece answers, where few documents are about the question: in Chinese, in languages that
/// part words, and in another language than the question's.
const MEANT_CHINESE: f32 = 0.85;
const MEANT_SPACED: f32 = 0.55;
const MEANT_TRANSLATED: f32 = 0.25;
/// How much more makes it needless to look at others, or to ask what other documents say.
const SURELY: f32 = 0.25;
/// How much less where the words say so, too, and the passage has most of the question.
const CONFIRMS: f32 = 0.2;
const MOST_SAID: f32 = 0.75;
/// How much more in Chinese where no kind of answer tells that it is one.
const NO_KIND: f32 = 0.1;
/// How far a piece can stand out, and does where it is the only one.
const STANDS_OUT: f32 = 0.5;
const ALONE_STANDS_OUT: f32 = 0.2;

/// The pieces that answer, the best first; none when the passages do not.
pub(super) fn choose(
    asked: &Asked,
    scored: &[Scored],
    passages: &[Passage<'_>],
    nearness: Option<Nearness>,
) -> Vec<Scored> {
    // Two ways to an answer, by its words and by its meaning. Where few documents are about the question both must
    // agree, since its words stand everywhere in them; where many are, the words and the votes of the others are
    // enough.
    let by_words = margin(asked, scored, passages, nearness).is_some_and(|margin| margin > 0.0);
    // Whether it may be done is not said by what lacks the word for it.
    let told = !asked.whether || scored.iter().any(|scored| scored.told);
    let few = !is_said_by_several(asked, scored, passages, nearness);
    // The words of a question about one document occur in much of it, so its meaning decides what answers.
    let meant = (!asked.named)
        .then(|| meant(asked, scored, passages))
        .flatten();
    let said = scored
        .first()
        .is_some_and(|first| first.written >= MOST_SAID);
    let confirmed = !few
        || meant
            .as_ref()
            .is_none_or(|meant| meant.sure >= meant.least - if said { CONFIRMS } else { 0.0 });
    if by_words && told && confirmed {
        return if asked.several || asks_for_each(scored, passages) {
            pick_each(scored, passages)
        } else {
            pick(asked, scored, passages)
        };
    }
    // Chinese texts about one subject are near each other, whether they answer or not.
    let more = match asked.language {
        _ if few && told => 0.0,
        Language::Chinese => f32::INFINITY,
        _ => SURELY,
    };
    let Some(meant) = meant
        .filter(|meant| meant.sure >= meant.least + more)
        .map(|meant| meant.piece)
    else {
        return Vec::new();
    };
    let others = scored
        .iter()
        .filter(|other| contradicts(other, meant, passages));
    std::iter::once(meant)
        .chain(others)
        .take(MOST)
        .cloned()
        .collect()
}

/// Whether so many documents are about the question that what they agree on tells more than how near each piece is.
pub(super) fn is_said_by_several(
    asked: &Asked,
    scored: &[Scored],
    passages: &[Passage<'_>],
    nearness: Option<Nearness>,
) -> bool {
    about(scored, passages, nearness) >= several(asked)
}

/// Whether a piece answers by its meaning alone, so surely that no other need be looked at.
pub(super) fn is_meant(asked: &Asked, scored: &[Scored], passages: &[Passage<'_>]) -> bool {
    meant(asked, scored, passages).is_some_and(|meant| meant.sure >= meant.least + SURELY)
}

/// How many documents about a question are several.
fn several(asked: &Asked) -> usize {
    match asked.language {
        Language::Chinese => PAIR,
        _ => CROWD,
    }
}

/// Whether a piece of another document says something else in nearly the same words.
fn contradicts(other: &Scored, known: &Scored, passages: &[Passage<'_>]) -> bool {
    passages[other.passage].document != passages[known.passage].document
        && other.key != known.key
        && piece(known, passages).repeats(piece(other, passages))
}

/// Of pieces that contradict each other, the one comes first whose document is newer, where both say of which day they
/// are.
pub(super) fn newer_first(chosen: &mut [Scored], passages: &[Passage<'_>]) {
    let day = |scored: &Scored| {
        let dated = passages[scored.passage].source.dated.as_str();
        (!dated.is_empty()).then_some(dated)
    };
    // A day is written so that the later one is the greater text.
    let is_newer =
        |one: &Scored, other: &Scored| day(one).zip(day(other)).is_some_and(|(a, b)| a > b);
    for at in 1..chosen.len() {
        let (before, rest) = chosen.split_at(at);
        let piece = &rest[0];
        let older = before
            .iter()
            .position(|older| contradicts(piece, older, passages) && is_newer(piece, older));
        if let Some(older) = older {
            chosen[older..=at].rotate_right(1);
        }
    }
}

/// A piece that may answer by what it means.
struct Meant<'s> {
    piece: &'s Scored,
    /// How sure it is that it does: how near it is to the question, and how far it stands out from the others.
    sure: f32,
    /// How sure it must be.
    least: f32,
}

/// The piece that answers most surely by its meaning. Texts of one language are nearer to each other whatever they say,
/// so each language is looked at for itself.
fn meant<'s>(asked: &Asked, scored: &'s [Scored], passages: &[Passage<'_>]) -> Option<Meant<'s>> {
    // Only the likeliest were embedded.
    let compared = scored.iter().filter(|scored| scored.near.is_some());
    let mut spoken: HashMap<Language, Vec<&Scored>> = HashMap::new();
    for scored in compared {
        let language = language(scored, passages);
        spoken.entry(language).or_default().push(scored);
    }
    let meant = spoken
        .into_iter()
        .filter_map(|(language, pieces)| nearest(asked, language, &pieces, passages));
    meant.max_by(|a, b| (a.sure - a.least).total_cmp(&(b.sure - b.least)))
}

/// The language of a piece, which may be another than its passage's: a quotation, an example.
fn language(scored: &Scored, passages: &[Passage<'_>]) -> Language {
    let of_passage = passages[scored.passage].source.language;
    let text = &piece(scored, passages).text;
    let letters = || text.chars().filter(|c| c.is_alphanumeric());
    let unspaced = letters().filter(|c| script::is_unspaced(*c)).count();
    // A third, as a character of these scripts says as much as three letters.
    let is_unspaced = unspaced * 3 >= letters().count().max(1);
    if is_unspaced == of_passage.is_latin() {
        Language::of(text)
    } else {
        of_passage
    }
}

/// The nearest of some pieces that has something of the kind that is asked for; what is far less near is about something
/// else, whatever is in it.
fn nearest<'s>(
    asked: &Asked,
    spoken: Language,
    pieces: &[&'s Scored],
    passages: &[Passage<'_>],
) -> Option<Meant<'s>> {
    let of_kind = |scored: &&&Scored| asked.kind == AnswerKind::Other || !scored.key.is_empty();
    let near = |scored: &Scored| scored.near.unwrap_or_default();
    let nearer = |a: &&&Scored, b: &&&Scored| near(a).total_cmp(&near(b));
    let any = pieces.iter().max_by(nearer)?;
    let best = pieces
        .iter()
        .filter(of_kind)
        .max_by(nearer)
        // A number in a piece that is far less near is a number of something else.
        .filter(|best| near(any) - near(best) <= BESIDE_NEAREST)
        .unwrap_or(any);
    // What says the same must not keep a piece from standing out.
    let others = pieces.iter().filter(|other| {
        (other.passage, other.piece) != (best.passage, best.piece)
            && (other.key.is_empty() || other.key != best.key)
            && !piece(best, passages).repeats(piece(other, passages))
    });
    // Nearness alone depends on how a question is worded; the distance to the next best does not.
    let next = others.map(|other| near(other)).reduce(f32::max);
    let stands_out = next.map_or(ALONE_STANDS_OUT, |next| (near(best) - next).min(STANDS_OUT));
    let least = match (spoken == asked.language, asked.language) {
        (false, _) => MEANT_TRANSLATED,
        (true, Language::Chinese) if asked.kind == AnswerKind::Other => MEANT_CHINESE + NO_KIND,
        (true, Language::Chinese) => MEANT_CHINESE,
        (true, _) => MEANT_SPACED,
    };
    Some(Meant {
        piece: best,
        sure: near(best) + stands_out,
        least,
    })
}

/// How far above what an answer must score the pieces are, by their words.
fn margin(
    asked: &Asked,
    scored: &[Scored],
    passages: &[Passage<'_>],
    nearness: Option<Nearness>,
) -> Option<f32> {
    let about = about(scored, passages, nearness);
    if asked.language == Language::Chinese && about >= PAIR {
        // What would be said answers for itself: others may speak of something else.
        let first = scored.first()?;
        let voted = VOTE_IN_CHINESE * first.vote.min(VOTES_IN_CHINESE);
        // Without any vectors words decide, as if it were as near as answers usually are.
        let compared = scored.iter().any(|scored| scored.near.is_some());
        let unknown = if compared { 0.0 } else { USUAL };
        return Some(first.score + voted + first.near.unwrap_or(unknown) - SEVERAL);
    }
    let mut scored: Vec<Scored> = scored.to_vec();
    // By words alone: they came in the order of words and meaning together.
    scored.sort_by(|a, b| b.total.total_cmp(&a.total));
    let scored = &scored[..];
    let first = scored.first()?;
    let best = distinct(scored, passages, about.min(MOST));
    let mean = best.iter().map(|scored| scored.score).sum::<f32>() / best.len().max(1) as f32;
    let together = first.vote.min(VOTES) / VOTES_OF_ONE + mean;
    if asked.language == Language::Chinese {
        return Some(together - ALONE);
    }
    let spoken = scored
        .iter()
        .filter(|scored| says_enough(asked, scored, passages, nearness));
    let highest = spoken.map(|scored| scored.score).fold(0.0, f32::max) - BEST;
    Some(if about < CROWD {
        highest
    } else {
        highest.min(together - TOGETHER)
    })
}

/// Whether a passage says more than half of what is asked in the same words. Where it has something of the kind that is
/// asked for, and no other has the words that it lacks, other words will do.
fn says_enough(
    asked: &Asked,
    scored: &Scored,
    passages: &[Passage<'_>],
    nearness: Option<Nearness>,
) -> bool {
    let of_kind = asked.kind != AnswerKind::Other && !scored.key.is_empty();
    let similarity = passages[scored.passage].source.similarity;
    let near = nearness.is_some_and(|nearness| nearness.of(similarity) >= NEAREST);
    scored.written > HALF || of_kind && near && scored.alone
}

/// How many documents are about the question, at least 1: near to it as the best, and holding some of it.
fn about(scored: &[Scored], passages: &[Passage<'_>], nearness: Option<Nearness>) -> usize {
    let similarity = |scored: &Scored| passages[scored.passage].source.similarity;
    let best = scored.iter().map(similarity).fold(0.0, f32::max);
    let spread = nearness.map_or(1.0, Nearness::spread);
    let near = scored
        .iter()
        .filter(|scored| similarity(scored) >= best - spread);
    let holding = near.filter(|scored| scored.covered >= ABOUT);
    let documents: HashSet<usize> = holding
        .map(|scored| passages[scored.passage].document)
        .collect();
    documents.len().max(1)
}

/// The first pieces of which none repeats another.
fn distinct<'s>(scored: &'s [Scored], passages: &[Passage<'_>], most: usize) -> Vec<&'s Scored> {
    let mut kept: Vec<&Scored> = Vec::new();
    let least = scored.first().map_or(0.0, |first| first.total * NEAR_BEST);
    for other in scored {
        // Sorted, so all that follow are worse.
        if kept.len() == most || other.total < least {
            break;
        }
        if !kept
            .iter()
            .any(|known| piece(known, passages).repeats(piece(other, passages)))
        {
            kept.push(other);
        }
    }
    kept
}

/// Whether the pieces speak of several of the codes that the question names.
fn asks_for_each(scored: &[Scored], passages: &[Passage<'_>]) -> bool {
    let mut about = scored.iter().map(|scored| piece(scored, passages).about);
    let first = about.next().unwrap_or_default();
    first != 0 && about.any(|other| other & !first != 0)
}

/// The first pieces of which each speaks of something of the question that those before it do not.
fn pick_each(scored: &[Scored], passages: &[Passage<'_>]) -> Vec<Scored> {
    let mut picked: Vec<Scored> = Vec::new();
    let (mut holds, mut about) = (0, 0);
    let mut best = scored
        .iter()
        .filter(|other| other.total >= NEAR_BEST * scored[0].total);
    // `best` is not begun again: what was passed over has nothing new, and will not have it later.
    while picked.len() < MOST {
        let more = |other: &&Scored| {
            let parts = (other.holds & !holds).count_ones();
            let names = piece(other, passages).about & !about;
            picked.is_empty() || parts >= MORE || names != 0
        };
        let Some(next) = best.find(more) else {
            break;
        };
        holds |= next.holds;
        about |= piece(next, passages).about;
        picked.push(next.clone());
    }
    picked
}

/// The first pieces that are nearly as good as the best and say something else.
fn pick(asked: &Asked, scored: &[Scored], passages: &[Passage<'_>]) -> Vec<Scored> {
    let mut best: HashMap<usize, &Scored> = HashMap::new();
    let mut picked: Vec<&Scored> = Vec::new();
    for other in scored {
        let of_document = *best
            .entry(passages[other.passage].document)
            .or_insert(other);
        if picked.len() == MOST || !is_near(other, &scored[0], of_document, passages) {
            continue;
        }
        let less = |known: &&mut &Scored| completes(asked, other, known, passages);
        if let Some(known) = picked.iter_mut().find(less) {
            // The dated piece takes the place of the other, and not one beside it: both say the same.
            *known = other;
            continue;
        }
        let same = |known: &&&Scored| !other.key.is_empty() && known.key == other.key;
        let adds = |known: &&Scored| adds(asked, other, known, passages);
        // Two documents that agree are worth showing, a third adds nothing.
        if picked.iter().filter(same).count() < CONFIRMED && picked.iter().all(adds) {
            picked.push(other);
        }
    }
    picked.into_iter().cloned().collect()
}

/// Whether a piece says what another does not, or confirms it in other words. A document says a thing once, but for a
/// question that has no one thing for an answer.
fn adds(asked: &Asked, other: &Scored, known: &Scored, passages: &[Passage<'_>]) -> bool {
    let one = asked.kind != AnswerKind::Other;
    let same_document = passages[other.passage].document == passages[known.passage].document;
    let rows = piece(other, passages).row && piece(known, passages).row;
    // Of the rows of a table, one that has less of the question is of something else: another length, another place.
    if same_document && rows && other.holds != known.holds && other.holds & !known.holds == 0 {
        return false;
    }
    if one && same_document {
        // Unless it speaks of a part of the question that the other leaves open.
        return other.holds & !known.holds != 0;
    }
    if same_document && !is_beside(other, known, passages) && other.total < NEAR_EQUAL * known.total
    {
        return false;
    }
    // In nearly the same words two documents differ in a name or a number, if in anything.
    if piece(known, passages).repeats(piece(other, passages)) {
        return !names_of(other, passages).is_subset(&names_of(known, passages));
    }
    let confirms = other.total >= NEAR_FIRST * known.total;
    !one || other.key.is_empty() || other.key != known.key || confirms
}

/// Whether a piece says in which year it was what another says without one.
fn completes(asked: &Asked, other: &Scored, known: &Scored, passages: &[Passage<'_>]) -> bool {
    let dated = |scored: &Scored| amounts::has_year(&piece(scored, passages).text, &scored.key);
    asked.kind == AnswerKind::Date
        && asked.years.is_empty()
        && other.key == known.key
        && other.covered >= NEAR_FIRST * known.covered
        && dated(other)
        && !dated(known)
}

/// Whether two pieces are of one section.
fn is_beside(other: &Scored, known: &Scored, passages: &[Passage<'_>]) -> bool {
    other.passage == known.passage
        && piece(other, passages).heading == piece(known, passages).heading
}

/// Whether a piece is nearly as good as the best of all and of its document.
fn is_near(other: &Scored, first: &Scored, of_document: &Scored, passages: &[Passage<'_>]) -> bool {
    let share = if piece(other, passages).row {
        NEAR_BEST_ROW
    } else if of_document.covered >= WHOLE {
        NEAR_BEST_OF_DOCUMENT
    } else {
        NEAR_BEST
    };
    let far = |first: f32, near: f32| first - near > BESIDE_NEAREST;
    let one = passages[first.passage].document == passages[other.passage].document;
    !(one
        && first
            .near
            .zip(other.near)
            .is_some_and(|(first, near)| far(first, near)))
        && other.own() >= NEAR_BEST * first.own()
        && other.total >= share * of_document.total
        && other.covered >= BESIDE_BEST * first.covered
}

fn piece<'p>(scored: &Scored, passages: &'p [Passage<'_>]) -> &'p Piece {
    &passages[scored.passage].pieces[scored.piece]
}

/// Numbers and names of a piece: a piece that has others than one in nearly the same words says something else.
fn names_of<'p>(scored: &'p Scored, passages: &'p [Passage<'_>]) -> HashSet<&'p str> {
    let piece = piece(scored, passages);
    let words = text::runs(&piece.text[piece.body..], char::is_alphanumeric);
    let named = words
        .map(|(_, word)| word)
        .filter(|word| word.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit()));
    named
        .chain((!scored.key.is_empty()).then_some(scored.key.as_str()))
        .collect()
}
