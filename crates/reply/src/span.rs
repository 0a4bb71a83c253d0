//! Text and how it looks.

use crate::marks::collapse;

/// How text looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is on or off, in any combination"
)]
pub struct SpanStyle {
    /// Bold.
    pub bold: bool,
    /// Italic.
    pub italic: bool,
    /// Struck through.
    pub strike: bool,
    /// Hidden until it is tapped.
    pub spoiler: bool,
    /// Code within a line.
    pub code: bool,
}

/// Text of one style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The text.
    pub text: String,
    /// How it looks.
    pub style: SpanStyle,
    /// It is an address. A link is shown as its own address, so it can hide nothing and is never cut.
    pub link: bool,
}

impl Span {
    pub(crate) fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            style: SpanStyle::default(),
            link: false,
        }
    }
}

pub(crate) fn is_blank(spans: &[Span]) -> bool {
    spans.iter().all(|span| span.text.trim().is_empty())
}

/// Finds spoilers, and trims styles to the text: no platform shows them on white space at their ends.
pub(crate) fn tidy(spans: Vec<Span>) -> Vec<Span> {
    let mut pieces = apart_from_space(with_spoilers(collapse(spans)));
    let styles: [fn(&mut SpanStyle) -> &mut bool; 4] = [
        |style| &mut style.bold,
        |style| &mut style.italic,
        |style| &mut style.strike,
        |style| &mut style.spoiler,
    ];
    // Each style by itself, from both ends: bold may end where italic goes on.
    for style in styles {
        strip(pieces.iter_mut(), style);
        strip(pieces.iter_mut().rev(), style);
    }
    joined(pieces)
}

/// Splits spans into their text and the white space around it.
fn apart_from_space(spans: Vec<Span>) -> Vec<Span> {
    let mut pieces = Vec::new();
    for span in spans {
        if span.link || span.style.code {
            pieces.push(span);
            continue;
        }
        let begin = span.text.len() - span.text.trim_start().len();
        let end = begin + span.text.trim().len();
        for range in [0..begin, begin..end, end..span.text.len()] {
            if !range.is_empty() {
                pieces.push(Span {
                    text: span.text[range].to_owned(),
                    style: span.style,
                    link: false,
                });
            }
        }
    }
    pieces
}

/// Removes a style from the white space that it begins with.
fn strip<'a>(pieces: impl Iterator<Item = &'a mut Span>, style: fn(&mut SpanStyle) -> &mut bool) {
    // Only at the ends: white space between two bold words stays bold, or each word would get marks of its own.
    let mut outside = true;
    for piece in pieces {
        let blank = piece.text.trim().is_empty();
        let on = style(&mut piece.style);
        if *on && blank && outside {
            *on = false;
        }
        outside = !*on;
    }
}

/// Merges neighbours of the same style.
fn joined(pieces: Vec<Span>) -> Vec<Span> {
    let mut joined: Vec<Span> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match joined.last_mut() {
            Some(last) if last.style == piece.style && !last.link && !piece.link => {
                last.text.push_str(&piece.text);
            }
            _ => joined.push(piece),
        }
    }
    joined
}

/// `||hidden||`, which CommonMark does not know and both platforms have. As with other marks, the first has a word
/// after it and the second one before: `a || b || c` hides nothing.
fn with_spoilers(spans: Vec<Span>) -> Vec<Span> {
    let marks = spoiler_marks(&spans);
    if marks.is_empty() {
        return spans;
    }
    let mut hidden = false;
    let mut found = Vec::new();
    for (number, span) in spans.into_iter().enumerate() {
        let mut begin = 0;
        let ends = marks.iter().filter(|(at, _)| *at == number);
        for end in ends.map(|(_, at)| Some(*at)).chain([None]) {
            let text = &span.text[begin..end.unwrap_or(span.text.len())];
            if !text.is_empty() {
                found.push(Span {
                    text: text.to_owned(),
                    style: SpanStyle {
                        spoiler: hidden,
                        ..span.style
                    },
                    link: span.link,
                });
            }
            if let Some(end) = end {
                begin = end + 2;
                hidden = !hidden;
            }
        }
    }
    found
}

/// The marks that open and close spoilers, in turn: each as the number of its span and its place in it.
fn spoiler_marks(spans: &[Span]) -> Vec<(usize, usize)> {
    let mut marks = Vec::new();
    let mut open = None;
    for (number, span) in spans.iter().enumerate() {
        if span.style.code || span.link {
            continue;
        }
        for (at, _) in span.text.match_indices("||") {
            let before = span.text[..at].chars().next_back();
            let after = span.text[at + 2..].chars().next();
            match open.take() {
                Some(first) if before.is_none_or(|c| !c.is_whitespace()) => {
                    marks.extend([first, (number, at)]);
                }
                // White space before it: it closes nothing, and the one that is open waits on.
                Some(first) => open = Some(first),
                None if after.is_none_or(|c| !c.is_whitespace()) => open = Some((number, at)),
                None => {}
            }
        }
    }
    marks
}
