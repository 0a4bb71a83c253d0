//! Whether a passage carries a statement.
//!
//! A statement is carried when one to three neighbouring sentences of the passage say it: they hold its words, all
//! of its numbers and names in the same order, and they negate when it negates. This refuses some true paraphrases
//! and lets hardly anything through that the passage does not say, which is the side to err on.

use crate::{
    sentences,
    terms::{Terms, is_ideograph},
};

/// Of this many words of a statement, one may be missing in the passage.
const WORDS_PER_MISS: usize = 5;
/// Share of neighbouring Chinese characters that must be neighbours in the passage too.
const PAIRS_HELD: f32 = 0.6;
/// Longest run of sentences that carry a statement together.
const WINDOW: usize = 3;
/// Characters of a quote.
const MAX_QUOTE: usize = 400;

/// A passage, ready to be asked.
#[derive(Debug)]
pub(crate) struct Evidence {
    sentences: Vec<(String, Terms)>,
    context: Terms,
}

/// How a passage carries a statement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Support {
    /// The words that carry it.
    pub(crate) quote: String,
    /// Share of its words that they hold.
    pub(crate) score: f32,
}

impl Evidence {
    /// `context` is what stands over the passage: its document's title and headings.
    pub(crate) fn new(text: &str, context: &str) -> Self {
        let sentences = clauses(text)
            .into_iter()
            .map(|part| (part.to_owned(), Terms::of(part)))
            .collect();
        Self {
            sentences,
            context: Terms::of(context),
        }
    }

    /// The best support for a statement, if there is any.
    pub(crate) fn carries(&self, statement: &Terms) -> Option<Support> {
        if statement.content.is_empty() {
            return None;
        }
        let windows = (1..=WINDOW).flat_map(|size| self.sentences.windows(size));
        let mut best: Option<Support> = None;
        for window in windows {
            if let Some(score) = self.window_carries(window, statement)
                && best.as_ref().is_none_or(|best| score > best.score)
            {
                best = Some(Support {
                    quote: quote(window),
                    score,
                });
            }
        }
        best
    }

    fn window_carries(&self, window: &[(String, Terms)], statement: &Terms) -> Option<f32> {
        let negations: usize = window.iter().map(|(_, terms)| terms.negations).sum();
        if (negations > 0) != (statement.negations > 0) {
            return None;
        }
        let anchors = window.iter().flat_map(|(_, terms)| &terms.anchors);
        if !self.anchors_held(anchors, window, &statement.anchors) {
            return None;
        }
        let held = |word: &String| {
            window.iter().any(|(_, terms)| terms.content.contains(word))
                || self.context.content.contains(word)
        };
        let total = statement.content.len();
        let missing = statement.content.iter().filter(|word| !held(word)).count();
        if missing > total / WORDS_PER_MISS {
            return None;
        }
        let pair_held = |pair: &&String| window.iter().any(|(_, terms)| terms.pairs.contains(pair));
        let pairs = statement.pairs.iter().filter(pair_held).count();
        if (pairs as f32) < statement.pairs.len() as f32 * PAIRS_HELD {
            return None;
        }
        Some((total - missing) as f32 / total as f32)
    }

    /// All names and numbers are there, and in the statement's order: who did what to whom is in the order. A name may
    /// stand in the headings instead, or begin a sentence, where it does not show that it is one.
    fn anchors_held<'a>(
        &'a self,
        found: impl Iterator<Item = &'a String>,
        window: &[(String, Terms)],
        wanted: &[String],
    ) -> bool {
        let found: Vec<&String> = found.collect();
        let mut from = 0;
        for anchor in wanted {
            if let Some(at) = found[from..].iter().position(|other| *other == anchor) {
                from += at + 1;
                continue;
            }
            let elsewhere = found.contains(&anchor);
            let is_number = anchor.starts_with(|c: char| c.is_ascii_digit());
            let word = !is_number
                && window
                    .iter()
                    .any(|(_, terms)| terms.content.contains(anchor));
            let above = self.context.content.contains(anchor);
            if elsewhere || !(word || above) {
                return false;
            }
        }
        true
    }
}

/// Sentences, and the halves of those that turn in the middle: one half may be quoted without the other.
fn clauses(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    for sentence in sentences::split(text) {
        let mut begin = 0;
        for (at, mark) in sentence.match_indices([';', '；']) {
            parts.push(&sentence[begin..at + mark.len()]);
            begin = at + mark.len();
        }
        parts.push(&sentence[begin..]);
    }
    parts.retain(|part| !part.trim().is_empty());
    parts
}

fn quote(window: &[(String, Terms)]) -> String {
    let text: String = window.iter().map(|(text, _)| text.as_str()).collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= MAX_QUOTE {
        return text;
    }
    text.chars().take(MAX_QUOTE).chain(['…']).collect()
}

/// A statement as the model wrote it, taken apart.
#[derive(Debug, PartialEq)]
pub(crate) struct Statement {
    /// The text without its citations.
    pub(crate) text: String,
    /// Numbers it cites.
    pub(crate) cited: Vec<usize>,
}

impl Statement {
    /// Reads `[1]`, `[1, 2]`, `[1][2]` and `【1】`.
    pub(crate) fn parse(sentence: &str) -> Self {
        let mut text = String::with_capacity(sentence.len());
        let mut cited = Vec::new();
        let mut rest = sentence;
        while let Some(open) = rest.find(['[', '【']) {
            let (before, bracket) = rest.split_at(open);
            text.push_str(before);
            match citation(bracket) {
                Some((numbers, length)) => {
                    cited.extend(numbers);
                    text.truncate(text.trim_end().len());
                    rest = &bracket[length..];
                }
                None => {
                    let width = bracket.chars().next().map_or(0, char::len_utf8);
                    text.push_str(&bracket[..width]);
                    rest = &bracket[width..];
                }
            }
        }
        text.push_str(rest);
        Self {
            text: text.trim().to_owned(),
            cited,
        }
    }
}

/// The numbers of a citation that a text begins with, and its length in bytes.
fn citation(text: &str) -> Option<(Vec<usize>, usize)> {
    let close = text.find([']', '】'])?;
    let open = text.chars().next()?.len_utf8();
    let numbers = text[open..close]
        .split([',', '，', ' ', '、'])
        .filter(|part| !part.is_empty())
        .map(|part| part.trim_start_matches('^').parse().ok())
        .collect::<Option<Vec<usize>>>()?;
    let width = text[close..].chars().next()?.len_utf8();
    (!numbers.is_empty()).then_some((numbers, close + width))
}

/// Whether a text is in a script without spaces, so that sentences follow one another without one.
pub(crate) fn ends_wide(text: &str) -> bool {
    text.chars().next_back().is_some_and(|c| {
        is_ideograph(c) || matches!(u32::from(c), 0x3000..=0x303f | 0xff00..=0xff60)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAVE: &str = "Parents get twelve weeks of paid leave. Contractors do not get paid leave. \
        The office in Berlin opens at 9:00 and the office in Oslo opens at 8:00. The other plan costs 9 dollars.";

    fn carried(statement: &str) -> bool {
        Evidence::new(LEAVE, "Handbook of Acme")
            .carries(&Terms::of(statement))
            .is_some()
    }

    #[test]
    fn what_the_passage_says_is_carried() {
        for statement in [
            "Parents get 12 weeks of paid leave.",
            "Contractors don't get paid leave.",
            "At Acme, parents get twelve weeks of paid leave.",
            "The office in Oslo opens at 8:00.",
        ] {
            assert!(carried(statement), "{statement}");
        }
    }

    #[test]
    fn a_number_that_is_not_there_is_not_carried() {
        assert!(!carried("Parents get fourteen weeks of paid leave."));
        assert!(!carried("The other plan costs 5 dollars."));
    }

    #[test]
    fn a_name_that_is_not_there_is_not_carried() {
        assert!(!carried("The office in Paris opens at 9:00."));
    }

    #[test]
    fn a_turned_statement_is_not_carried() {
        assert!(!carried("Contractors get paid leave."));
        assert!(!carried("Parents do not get twelve weeks of paid leave."));
    }

    #[test]
    fn numbers_belong_to_the_names_before_them() {
        assert!(!carried(
            "The office in Berlin opens at 8:00 and the office in Oslo opens at 9:00."
        ));
    }

    #[test]
    fn one_foreign_word_in_a_short_statement_is_enough_to_refuse_it() {
        let battery = Evidence::new("The battery lasts two years.", "");
        assert!(
            battery
                .carries(&Terms::of("The warranty lasts two years."))
                .is_none()
        );
        assert!(
            battery
                .carries(&Terms::of("The battery lasts two years."))
                .is_some()
        );
    }

    #[test]
    fn chinese_statements_are_checked_too() {
        let passage = "过拟合是由于模型的学习能力相对于数据来说过于强大。欠拟合不是由于数据太多。准确率为95%。";
        let evidence = Evidence::new(passage, "南瓜书");
        let carried = |text: &str| evidence.carries(&Terms::of(text)).is_some();
        assert!(carried("过拟合是由于模型的学习能力过于强大。"));
        assert!(carried("准确率为95%。"));
        assert!(!carried("准确率为96%。"));
        assert!(!carried("欠拟合是由于数据太多。"));
        assert!(!carried("过拟合是由于训练时间太短造成的问题。"));
    }

    #[test]
    fn citations_are_read_in_their_common_forms() {
        let statement = Statement::parse("It stalls [1][2], as said 【3】.");
        assert_eq!(
            statement,
            Statement {
                text: "It stalls, as said.".to_owned(),
                cited: vec![1, 2, 3]
            }
        );
        assert_eq!(Statement::parse("See [1, 4].").cited, [1, 4]);
        assert_eq!(
            Statement::parse("An array a[i] is [sic] fine").cited,
            Vec::<usize>::new()
        );
    }
}
