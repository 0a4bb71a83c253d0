//! Where a reply that is too long for one message is cut.

use unicode_segmentation::UnicodeSegmentation;

use super::{
    Syntax,
    document::Span,
    line::{Kind, Line},
};

/// Packs lines into messages: as many as fit into each, a heading with what it is above, and a line cut only when
/// no message could hold it.
pub(crate) fn split<S: Syntax>(lines: Vec<Line>) -> Vec<S::Message> {
    let lines: Vec<Line> = lines.into_iter().flat_map(fitting::<S>).collect();
    let mut messages = Vec::new();
    let mut rest = lines.as_slice();
    loop {
        rest = trim_start(rest);
        if rest.is_empty() {
            return messages;
        }
        let mut count = longest::<S>(rest);
        if count < rest.len() {
            count = before_headings(&rest[..count]);
        }
        let (now, later) = rest.split_at(count);
        messages.push(S::render(trim_end(now)));
        rest = later;
    }
}

/// How many lines from the first on fit into a message; at least one.
fn longest<S: Syntax>(lines: &[Line]) -> usize {
    let fits = |count: usize| S::size(&S::render(trim_end(&lines[..count]))) <= S::LIMIT;
    // No line takes less than one unit, so no message has more.
    let most = lines.len().min(S::LIMIT);
    if fits(most) {
        return most;
    }
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

/// Leaves headings at the end to the next message, unless there is nothing else.
fn before_headings(lines: &[Line]) -> usize {
    let is_heading = |line: &Line| matches!(line.kind, Kind::Heading(_));
    let kept = lines.iter().rposition(|line| !is_heading(line));
    kept.map_or(lines.len(), |last| last + 1)
}

fn trim_start(lines: &[Line]) -> &[Line] {
    let begin = lines.iter().position(|line| !line.is_blank());
    &lines[begin.unwrap_or(lines.len())..]
}

fn trim_end(lines: &[Line]) -> &[Line] {
    let end = lines.iter().rposition(|line| !line.is_blank());
    &lines[..end.map_or(0, |last| last + 1)]
}

/// A line as lines that each fit into a message.
fn fitting<S: Syntax>(line: Line) -> Vec<Line> {
    let mut fitting = Vec::new();
    let mut rest = line;
    while S::size(&S::render(std::slice::from_ref(&rest))) > S::LIMIT {
        let Some((head, tail)) = cut::<S>(&rest) else {
            break;
        };
        fitting.push(head);
        rest = tail;
    }
    fitting.push(rest);
    fitting
}

/// Cuts a line where it hurts least, so that the first part fits; `None` when nothing can be cut off.
fn cut<S: Syntax>(line: &Line) -> Option<(Line, Line)> {
    let text: String = line.spans.iter().map(|span| span.text.as_str()).collect();
    let links = links(&line.spans);
    let whole = |at: usize| !links.iter().any(|link| link.start < at && at < link.end);
    let fits = |at: usize| {
        let head = line.with(span_range(&line.spans, 0, at));
        S::size(&S::render(&[head])) <= S::LIMIT
    };
    let ends = |bounds: &mut dyn Iterator<Item = (usize, &str)>| -> Vec<usize> {
        bounds
            .map(|(at, part)| at + part.len())
            .filter(|at| *at < text.len() && whole(*at))
            .collect()
    };
    let candidates = [
        ends(&mut text.split_sentence_bound_indices()),
        ends(&mut text.split_word_bound_indices()),
        ends(&mut text.grapheme_indices(true)),
        // One character can have more marks than a message has room for, and one address too: both are cut.
        text.char_indices().skip(1).map(|(at, _)| at).collect(),
    ];
    let last = candidates.len() - 1;
    for (rank, candidates) in candidates.iter().enumerate() {
        // A little is cut off by sentences only when the rest is not.
        let found = candidates.partition_point(|at| fits(*at)).checked_sub(1);
        if let Some(at) = found.map(|index| candidates[index])
            && (rank == last || at * 3 > S::LIMIT)
        {
            let head = line.with(span_range(&line.spans, 0, at));
            let skipped = text[at..].len() - text[at..].trim_start().len();
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

fn links(spans: &[Span]) -> Vec<std::ops::Range<usize>> {
    let mut at = 0;
    let mut links = Vec::new();
    for span in spans {
        if span.link {
            links.push(at..at + span.text.len());
        }
        at += span.text.len();
    }
    links
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
                // A part of an address is none.
                link: span.link && begin == at && end == at + span.text.len(),
                ..span.clone()
            });
        }
        at += span.text.len();
    }
    part
}
