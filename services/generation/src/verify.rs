//! Whether a passage carries a statement.
//!
//! A statement is carried when one sentence of the passage says it (with the sentence before it, when it goes on from
//! that one): it holds the statement's words, all of its numbers and names in the same order, and negates what the
//! statement negates and nothing else of it. A statement of several clauses may have a sentence for each. This refuses
//! some true paraphrases and lets hardly anything through that the passage does not say, which is the side to err on.

use crate::{
    prompt::Source,
    terms::{Terms, is_ideograph},
    units::Unit,
};

/// Of this many words of a statement, one may be missing in the passage, but not the first: it is what the statement
/// is about.
const WORDS_PER_MISS: usize = 6;
/// Share of neighbouring Chinese characters that must be neighbours in the passage too.
const PAIRS_HELD: f32 = 0.6;
/// Longest chain of sentences of which each goes on from the one before.
const CHAIN: usize = 3;
/// Words of a statement, or of a clause, below which it says nothing alone.
const FRAGMENT: usize = 3;
/// Share of the question that the support of a fragment must hold.
const QUESTION_HELD: f32 = 0.5;
/// Characters of a quote.
const MAX_QUOTE: usize = 400;

/// A passage, ready to be asked.
#[derive(Debug)]
pub(crate) struct Evidence {
    claims: Vec<Claim>,
    context: Terms,
}

/// A sentence with those that it goes on from.
#[derive(Debug)]
struct Claim {
    terms: Terms,
    quote: String,
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
    pub(crate) fn new(source: &Source) -> Self {
        let units = &source.units;
        Self {
            claims: (0..units.len())
                .flat_map(|last| chains(units, last))
                .collect(),
            context: Terms::of(&source.context),
        }
    }

    /// The best support for a statement, if there is any. A statement of a few words, such as "16.", says something
    /// only as the answer to its question: its support must be about that.
    pub(crate) fn carries(&self, statement: &str, question: &Terms) -> Option<Support> {
        let whole = Terms::of(statement);
        if whole.content.is_empty() {
            return None;
        }
        if let Some((claim, score)) = self.best(&whole, question) {
            let quote = shortened(&claim.quote);
            return Some(Support { quote, score });
        }
        let clauses = clauses(statement);
        if clauses.len() < 2 {
            return None;
        }
        let mut quotes: Vec<&str> = Vec::new();
        let mut total = 0.0;
        for clause in &clauses {
            let (claim, score) = self.best(clause, question)?;
            total += score;
            if !quotes.contains(&claim.quote.as_str()) {
                quotes.push(&claim.quote);
            }
        }
        Some(Support {
            quote: shortened(&quotes.join(" … ")),
            score: total / clauses.len() as f32,
        })
    }

    fn best(&self, statement: &Terms, question: &Terms) -> Option<(&Claim, f32)> {
        let scored = self
            .claims
            .iter()
            .filter_map(|claim| Some((claim, self.score(claim, statement, question)?)));
        // Of equal ones the first is the shortest.
        scored.reduce(|a, b| if b.1 > a.1 { b } else { a })
    }

    fn score(&self, claim: &Claim, statement: &Terms, question: &Terms) -> Option<f32> {
        let said = &claim.terms;
        let same_negations = statement
            .negated
            .iter()
            .all(|word| said.in_negation.contains(word))
            && statement.content.iter().all(|word| {
                !said.in_negation.contains(word) || statement.in_negation.contains(word)
            });
        if !same_negations || !self.anchors_held(said, &statement.anchors) {
            return None;
        }
        let held =
            |word: &String| said.content.contains(word) || self.context.content.contains(word);
        let total = statement.content.len();
        let missing = statement.content.iter().filter(|word| !held(word)).count();
        let about = statement.content.first().is_none_or(held);
        if missing > total / WORDS_PER_MISS || !about {
            return None;
        }
        let pairs = statement
            .pairs
            .iter()
            .filter(|pair| said.pairs.contains(pair))
            .count();
        if (pairs as f32) < statement.pairs.len() as f32 * PAIRS_HELD {
            return None;
        }
        if statement.content.len() <= FRAGMENT {
            let asked = question.content.iter().filter(|word| held(word)).count();
            if (asked as f32) < question.content.len() as f32 * QUESTION_HELD {
                return None;
            }
        }
        Some((total - missing) as f32 / total as f32)
    }

    /// All names and numbers are there, and in the statement's order: who did what to whom is in the order. Between a
    /// name and its number there is no other name with its number. A name may stand in the headings instead, or begin
    /// a sentence, where it does not show that it is one.
    fn anchors_held(&self, said: &Terms, wanted: &[String]) -> bool {
        let found = &said.anchors;
        let mut from = 0;
        let mut name_before = false;
        for anchor in wanted {
            if let Some(ahead) = found[from..].iter().position(|other| other == anchor) {
                let between = &found[from..from + ahead];
                let other_number = between.iter().any(|other| is_number(other));
                let other_name = between.iter().any(|other| !is_number(other));
                if name_before && is_number(anchor) && other_number && other_name {
                    return false;
                }
                from += ahead + 1;
                name_before = !is_number(anchor);
                continue;
            }
            let word = !is_number(anchor) && said.content.contains(anchor);
            let above = self.context.content.contains(anchor);
            if found.contains(anchor) || !(word || above) {
                return false;
            }
        }
        true
    }
}

fn is_number(anchor: &str) -> bool {
    anchor.starts_with(|c: char| c.is_ascii_digit())
}

/// A unit alone, and after each of those that it goes on from.
fn chains(units: &[Unit], last: usize) -> impl Iterator<Item = Claim> {
    let before = std::iter::successors(Some(last), |unit| units[*unit].goes_on_from).take(CHAIN);
    let chain: Vec<usize> = before.collect();
    (1..=chain.len()).map(move |length| {
        let parts = || chain[..length].iter().rev().map(|unit| &units[*unit]);
        let join = |texts: Vec<&str>| texts.join(" ");
        Claim {
            terms: Terms::of(&join(parts().map(|unit| unit.text.as_str()).collect())),
            quote: join(parts().map(|unit| unit.quote.as_str()).collect()),
        }
    })
}

/// The clauses of a statement, each long enough to say something.
fn clauses(statement: &str) -> Vec<Terms> {
    let spaced = [" and ", " but ", " while ", " whereas "]
        .iter()
        .fold(statement.to_owned(), |text, word| {
            text.replace(word, &format!("\u{0}{}", &word[1..]))
        });
    let mut clauses: Vec<Terms> = Vec::new();
    let mut open = String::new();
    for part in spaced.split_inclusive(['\u{0}', ',', ';', '，', '；']) {
        open.push_str(&part.replace('\u{0}', " "));
        let terms = Terms::of(&open);
        if terms.content.len() > FRAGMENT {
            clauses.push(terms);
            open.clear();
        }
    }
    // What is left says nothing alone, so the whole is not carried by its parts.
    if Terms::of(&open).content.is_empty() {
        clauses
    } else {
        Vec::new()
    }
}

fn shortened(quote: &str) -> String {
    if quote.chars().count() <= MAX_QUOTE {
        return quote.to_owned();
    }
    quote.chars().take(MAX_QUOTE).chain(['…']).collect()
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
        The office in Berlin opens at 9:00 and the office in Oslo opens at 8:00. The other plan costs 9 dollars. \
        Dogs are welcome in Tartu and not allowed in Lisbon. Vienna closes at 17:00. Prague closes at 18:00. \
        The travel budget was changed in May. It is 900 euros now.";

    fn carried(statement: &str) -> bool {
        carried_by(LEAVE, statement, "")
    }

    fn carried_by(passage: &str, statement: &str, question: &str) -> bool {
        let source = Source::new(passage, "Handbook of Acme");
        Evidence::new(&source)
            .carries(statement, &Terms::of(question))
            .is_some()
    }

    #[test]
    fn what_the_passage_says_is_carried() {
        for statement in [
            "Parents get 12 weeks of paid leave.",
            "Contractors don't get paid leave.",
            "At Acme, parents get twelve weeks of paid leave.",
            "The office in Oslo opens at 8:00.",
            "Dogs are welcome in Tartu.",
            "Dogs are not allowed in Lisbon.",
            "The travel budget is 900 euros.",
            "Parents get twelve weeks of paid leave, and contractors do not get paid leave.",
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
        for statement in [
            "Contractors get paid leave.",
            "Parents do not get twelve weeks of paid leave.",
            "Dogs are not welcome in Tartu.",
            "Dogs are allowed in Lisbon.",
            "Contractors get paid leave, and parents do not get twelve weeks of paid leave.",
        ] {
            assert!(!carried(statement), "{statement}");
        }
    }

    #[test]
    fn numbers_belong_to_the_names_before_them() {
        for statement in [
            "The office in Berlin opens at 8:00 and the office in Oslo opens at 9:00.",
            "The office in Berlin opens at 8:00.",
            "Vienna closes at 18:00.",
            "The other plan costs 900 euros.",
        ] {
            assert!(!carried(statement), "{statement}");
        }
    }

    #[test]
    fn a_row_of_a_table_carries_what_its_columns_say() {
        let table = "| Office | Opens |\n|---|---|\n| Lisbon | 8:00 |\n| Tartu | 7:30 |";
        assert!(carried_by(table, "The Tartu office opens at 7:30.", ""));
        assert!(!carried_by(table, "The Tartu office opens at 8:00.", ""));
        assert!(!carried_by(table, "The Lisbon office opens at 7:30.", ""));
    }

    #[test]
    fn an_item_of_a_list_is_said_of_what_introduces_it() {
        let list = "Employees get:\n\n- 27 days of vacation\n- 5 days of training\n\nContractors get:\n\n- 3 days of training";
        assert!(carried_by(list, "Employees get 27 days of vacation.", ""));
        assert!(!carried_by(
            list,
            "Contractors get 27 days of vacation.",
            ""
        ));
        assert!(!carried_by(list, "Contractors get 5 days of training.", ""));
    }

    #[test]
    fn a_fragment_is_carried_only_by_what_is_about_the_question() {
        let passage =
            "Every employee gets 27 days of vacation a year. Parents get 16 weeks of leave.";
        let question = "How many days of vacation do I get?";
        assert!(carried_by(passage, "27 days.", question));
        assert!(!carried_by(passage, "16.", question));
    }

    #[test]
    fn one_foreign_word_in_a_short_statement_is_enough_to_refuse_it() {
        let battery = "The battery lasts two years.";
        assert!(!carried_by(battery, "The warranty lasts two years.", ""));
        assert!(carried_by(battery, "The battery lasts two years.", ""));
    }

    #[test]
    fn chinese_statements_are_checked_too() {
        let passage = "过拟合是由于模型的学习能力相对于数据来说过于强大。欠拟合不是由于数据太多。准确率为95%。";
        let carried = |text: &str| carried_by(passage, text, "准确率");
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
