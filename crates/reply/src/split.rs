//! Where a reply that is too long for one message is cut.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::{
    Syntax,
    line::{Line, LineKind},
    marks::{leading, mark},
    span::Span,
};

/// Room for the fences around code, kept free where a citation follows it.
const AROUND: usize = 16;

/// Packs as many lines as fit into each message. A heading stays with what follows it, a citation with what it cites, and
/// a line is cut only when no message could hold it.
pub(crate) fn split<S: Syntax>(lines: Vec<Line>) -> Vec<S::Message> {
    let lines = fitting_all::<S>(lines);
    let mut messages = Vec::new();
    let mut rest = lines.as_slice();
    loop {
        rest = trim_start(rest);
        if rest.is_empty() {
            return messages;
        }
        let mut count = longest::<S>(rest);
        // The last message takes what is left, however it ends.
        if count < rest.len() {
            count = until_good_end(rest, count);
        }
        let (now, later) = rest.split_at(count);
        messages.push(S::render(trim_end(now)));
        rest = later;
    }
}

/// How many lines from the first on fit into a message; at least one.
fn longest<S: Syntax>(lines: &[Line]) -> usize {
    let fits = |count: usize| S::size(&S::render(trim_end(&lines[..count]))) <= S::LIMIT;
    // Every line takes at least one unit, so more than this cannot fit, however long a reply is.
    let most = lines.len().min(S::LIMIT);
    if fits(most) {
        return most;
    }
    // More lines never make a smaller message, so the border can be found by halving. One line is taken in any case: lines
    // that do not fit alone were cut before.
    let (mut good, mut bad) = (1, most);
    while good + 1 < bad {
        let middle = usize::midpoint(good, bad);
        if fits(middle) {
            good = middle;
        } else {
            bad = middle;
        }
    }
    good
}

/// How many of the lines that fit are taken, so that the next message does not begin with a citation of this one and, if
/// possible, this one does not end with a heading.
fn until_good_end(lines: &[Line], most: usize) -> usize {
    let cites = |at: &usize| {
        let next = trim_start(&lines[*at..]).first();
        next.is_some_and(|line| line.cites)
    };
    let is_heading = |at: &usize| matches!(lines[at - 1].kind, LineKind::Heading(_));
    let mut ends = (1..=most).rev();
    let best = ends.clone().find(|at| !cites(at) && !is_heading(at));
    best.or_else(|| ends.find(|at| !cites(at))).unwrap_or(most)
}

fn trim_start(lines: &[Line]) -> &[Line] {
    let begin = lines.iter().position(|line| !line.is_blank());
    &lines[begin.unwrap_or(lines.len())..]
}

fn trim_end(lines: &[Line]) -> &[Line] {
    let end = lines.iter().rposition(|line| !line.is_blank());
    &lines[..end.map_or(0, |last| last + 1)]
}

/// Cuts lines so that each fits into a message, together with the citation below it.
fn fitting_all<S: Syntax>(lines: Vec<Line>) -> Vec<Line> {
    let mut all = Vec::with_capacity(lines.len());
    let mut lines = lines.into_iter().peekable();
    while let Some(line) = lines.next() {
        let below = lines.peek().filter(|next| next.is_mark());
        let below = below.map_or(0, |next| {
            S::size(&S::render(std::slice::from_ref(next))) + AROUND
        });
        // Marks that fill more than half a message are not a citation.
        let room = S::LIMIT - below.min(S::LIMIT / 2);
        all.extend(fitting::<S>(line, room));
    }
    all
}

/// Cuts a line into lines that each fit into `room`.
fn fitting<S: Syntax>(line: Line, room: usize) -> Vec<Line> {
    let mut fitting = Vec::new();
    let mut rest = line;
    while S::size(&S::render(std::slice::from_ref(&rest))) > room {
        let Some((head, tail)) = cut::<S>(&rest, room) else {
            // No place to cut: the platform will refuse it, which is better than a loop without an end.
            break;
        };
        fitting.push(head);
        rest = tail;
    }
    fitting.push(rest);
    fitting
}

/// Cuts a line at the best place before which it fits: between sentences, words or graphemes. `None` when there is none.
fn cut<S: Syntax>(line: &Line, room: usize) -> Option<(Line, Line)> {
    let text: String = line.spans.iter().map(|span| span.text.as_str()).collect();
    let whole = wholes(&line.spans, &text);
    let whole = |at: usize| !whole.iter().any(|part| part.start < at && at < part.end);
    let fits = |at: usize| {
        let head = line.with(span_range(&line.spans, 0, at));
        S::size(&S::render(&[head])) <= room
    };
    let ends = |bounds: &mut dyn Iterator<Item = (usize, &str)>| -> Vec<usize> {
        bounds
            .map(|(at, part)| at + part.len())
            // A sentence goes on to its citation.
            .map(|at| at + leading(&text[at..]))
            .filter(|at| *at < text.len() && whole(*at))
            .collect()
    };
    let candidates = [
        ends(&mut text.split_sentence_bound_indices()),
        ends(&mut text.split_word_bound_indices()),
        ends(&mut text.grapheme_indices(true)),
        // A single grapheme or address can exceed a message: those are cut between characters.
        text.char_indices().skip(1).map(|(at, _)| at).collect(),
    ];
    let longest = |candidates: &Vec<usize>| {
        // By halving, as a longer head never renders smaller.
        let fitting = candidates.partition_point(|at| fits(*at));
        fitting.checked_sub(1).map(|index| candidates[index])
    };
    let most = candidates.last().and_then(longest)?;
    for candidates in &candidates {
        // The best kind of boundary that is not too early: one that uses less than a third of the room would leave a
        // stub of a message.
        if let Some(at) = longest(candidates)
            && at * 3 > most
        {
            let head = line.with(span_range(&line.spans, 0, at));
            let skipped = text[at..].len() - text[at..].trim_start().len();
            // White space between sentences is lost with the break; in code it is indentation.
            let begin = if line.code_block().is_some() {
                at
            } else {
                at + skipped
            };
            let tail = line.continued(span_range(&line.spans, begin, text.len()));
            return Some((head, tail));
        }
    }
    None
}

/// Ranges that are never cut: addresses, and citations with the end of the sentence before them.
fn wholes(spans: &[Span], text: &str) -> Vec<Range<usize>> {
    let mut at = 0;
    let mut wholes = Vec::new();
    for span in spans {
        if span.link {
            wholes.push(at..at + span.text.len());
        }
        at += span.text.len();
    }
    for (at, _) in text.match_indices('[') {
        if let Some((_, length)) = mark(&text[at..]) {
            // The full stop before a mark stays with it, and with the last letter before: a message that begins with a
            // full stop reads broken.
            let before = text[..at].trim_end_matches(|c: char| !c.is_alphanumeric());
            let last = before.chars().next_back().map_or(0, char::len_utf8);
            wholes.push(before.len() - last..at + length);
        }
    }
    wholes
}

/// The part of a text between two places, in bytes.
fn span_range(spans: &[Span], from: usize, to: usize) -> Vec<Span> {
    let mut at = 0;
    let mut part = Vec::new();
    for span in spans {
        let (begin, end) = (from.max(at), to.min(at + span.text.len()));
        if begin < end {
            part.push(Span {
                text: span.text[begin - at..end - at].to_owned(),
                // A part of an address is not a link any more.
                link: span.link && begin == at && end == at + span.text.len(),
                ..span.clone()
            });
        }
        at += span.text.len();
    }
    part
}
