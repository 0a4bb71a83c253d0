//! The walk over a text: at each position the first reader that understands it takes its tokens.

use super::draft::Draft;
use super::tables::TABLES;
use super::tokens::{Shape, Text};
use super::{Quantity, dates, identifiers, measures, ordinals, passes, spoken, times, weekdays};

type Reader = fn(&Text<'_>, usize) -> Option<Draft>;

const READERS: [Reader; 6] = [
    identifiers::version,
    dates::at,
    times::at,
    weekdays::at,
    ordinals::at,
    measures::at,
];

/// Every quantity of a text, in order.
#[must_use]
pub fn find(text: &str) -> Vec<Quantity> {
    let text = Text::new(text);
    let drafts = passes::run(&text, drafts(&text));
    drafts
        .into_iter()
        .filter(|draft| !draft.readings.is_empty())
        .map(|draft| draft.finish(&text))
        .collect()
}

fn drafts(text: &Text<'_>) -> Vec<Draft> {
    let (mut drafts, mut at) = (Vec::new(), 0);
    while at < text.len() {
        if text.is(at, Shape::Space) {
            at += 1;
        // Before any reader: the digits of an address or a code are no numbers, whatever they look like.
        } else if let Some(to) = identifiers::skip(text, at) {
            at = to.max(at + 1);
        } else if !may_begin(text, at) {
            at += 1;
        } else if let Some(draft) = READERS.iter().find_map(|read| read(text, at)) {
            // At least one further, whatever a reader says: a walk that stands still would never end.
            at = draft.to.max(at + 1);
            drafts.push(draft);
        } else {
            at = identifiers::skip_word(text, at);
        }
    }
    drafts
}

/// Whether a quantity can begin with a token at all: most words are passed over by this.
fn may_begin(text: &Text<'_>, at: usize) -> bool {
    match text.shape(at) {
        Some(Shape::Word | Shape::Cjk) => {
            TABLES.starts.contains(text.key(at))
                || spoken::may_be_compound(text.word(at))
                || ordinals::roman(text.raw(at)).is_some()
        }
        Some(Shape::Digits | Shape::Mark) => true,
        _ => false,
    }
}
