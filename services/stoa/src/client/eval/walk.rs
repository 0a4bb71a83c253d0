//! Proposals gone through in the terminal, one by one.

use std::io::{self, BufRead, Write};

use anyhow::{Context, Result};
use stoa_eval::{Evidence, Question, Reason, Review, Source};

use crate::client::output::{FAINT, STRONG};

const KEYS: &str = "[a]ccept [e]dit [d]rop [s]kip [u]ndo [q]uit";
/// Characters of a passage that are shown.
const SHOWN: usize = 600;

/// Asks for each proposal what to do, and has each decision kept. The end of the input, and `q`, end it.
pub(super) fn walk(
    review: &mut Review,
    input: &mut impl BufRead,
    mut keep: impl FnMut(&Review) -> Result<()>,
) -> Result<()> {
    while let Some((question, source)) = review.current() {
        let (at, of) = review.progress();
        show(question, source, at + 1, of);
        let question = question.clone();
        let Some(key) = ask(KEYS, input)? else {
            return Ok(());
        };
        match key.as_str() {
            // Enter takes what is proposed, as most are taken.
            "a" | "" => take(review, None),
            "e" => match edit(question, input)? {
                Some(edited) => take(review, Some(edited)),
                None => return Ok(()),
            },
            "d" => review.drop_it(),
            "s" => review.skip(),
            "u" if !review.undo() => anstream::eprintln!("This is the first one"),
            "u" => {}
            "q" => return Ok(()),
            other => anstream::eprintln!("`{other}` is none of {KEYS}"),
        }
        keep(review)?;
    }
    Ok(())
}

fn take(review: &mut Review, edited: Option<Question>) {
    if let Err(invalid) = review.accept(edited) {
        anstream::eprintln!("{invalid}");
    }
}

fn show(question: &Question, source: &Source, at: usize, of: usize) {
    anstream::eprintln!(
        "\n{FAINT}{at}/{of}{FAINT:#} {STRONG}{}{STRONG:#}",
        question.question
    );
    match &source.reason {
        Reason::ThumbsDown { why, answer } => {
            anstream::eprintln!("  👎 {why}");
            anstream::eprintln!("  {FAINT}said: {answer}{FAINT:#}");
        }
        Reason::Unanswered => anstream::eprintln!("  It got no answer"),
        Reason::Proposed { passage, .. } => {
            let passage: Vec<&str> = passage.split_whitespace().collect();
            let passage: String = passage.join(" ").chars().take(SHOWN).collect();
            anstream::eprintln!("  {FAINT}{passage}{FAINT:#}");
        }
    }
    for answer in &question.answers {
        anstream::eprintln!("  Proposed: the answer is {STRONG}{answer}{STRONG:#}");
    }
    if question.unanswerable {
        anstream::eprintln!("  Proposed: the documents do not answer it");
    }
    for place in &question.evidence {
        let page = place
            .page
            .map_or_else(String::new, |page| format!(", p. {page}"));
        anstream::eprintln!("  Proposed: answered in {}{page}", place.document);
    }
}

/// Asks for the parts of a question; nothing at the end of the input.
fn edit(mut question: Question, input: &mut impl BufRead) -> Result<Option<Question>> {
    anstream::eprintln!("{FAINT}Enter keeps what stands in [ ], - empties it{FAINT:#}");
    let place = question.evidence.first().cloned();
    let of_place = |part: fn(&Evidence) -> String| place.as_ref().map(part).unwrap_or_default();
    let fields = [
        ("Question", question.question.clone()),
        (
            "Answer",
            question.answers.first().cloned().unwrap_or_default(),
        ),
        ("Document", of_place(|place| place.document.clone())),
        (
            "Page",
            of_place(|place| place.page.map(|page| page.to_string()).unwrap_or_default()),
        ),
        (
            "Words of the passage",
            of_place(|place| place.passage.clone().unwrap_or_default()),
        ),
    ];
    let mut values = Vec::with_capacity(fields.len());
    for (name, old) in fields {
        match ask(&format!("{name} [{old}]"), input)? {
            None => return Ok(None),
            Some(new) if new == "-" => values.push(String::new()),
            Some(new) if new.is_empty() => values.push(old),
            Some(new) => values.push(new),
        }
    }
    let [words, answer, document, page, passage] = &values[..] else {
        return Ok(None);
    };
    let number = page.parse::<u32>().ok();
    if number.is_none() && !page.is_empty() {
        anstream::eprintln!("`{page}` is no page: it is left out; [u]ndo goes back to it");
    }
    question.reword(words);
    question.answers = some(answer).into_iter().collect();
    question.evidence = match some(document) {
        Some(document) => vec![Evidence {
            document,
            page: number,
            passage: some(passage),
        }],
        None => Vec::new(),
    };
    // Whoever empties the answer and the place says that there is none.
    question.unanswerable = question.answers.is_empty() && question.evidence.is_empty();
    Ok(Some(question))
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// A line of the input, trimmed. Prompts go to where progress goes, so that --json prints one object.
fn ask(prompt: &str, input: &mut impl BufRead) -> Result<Option<String>> {
    anstream::eprint!("{prompt} > ");
    io::stderr()
        .flush()
        .context("the terminal cannot be written to")?;
    let mut line = String::new();
    let read = input
        .read_line(&mut line)
        .context("the terminal cannot be read")?;
    // No bytes are the end of the input; an empty line has its end.
    Ok((read > 0).then(|| line.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use stoa_eval::propose;

    use super::*;

    fn review() -> Review {
        let source = |turn: &str, reason| Source {
            turn: turn.to_owned(),
            question: format!("question {turn}"),
            reason,
            cited: vec![("a.md".to_owned(), 3)],
        };
        let down = Reason::ThumbsDown {
            why: "old".to_owned(),
            answer: "25".to_owned(),
        };
        let sources = vec![source("1", down), source("2", Reason::Unanswered)];
        Review::new(propose(sources, &HashSet::new()))
    }

    fn typed(text: &str) -> Review {
        let mut review = review();
        walk(&mut review, &mut text.as_bytes(), |_| Ok(())).expect("reads");
        review
    }

    #[test]
    fn what_is_typed_is_done() {
        let review = typed("e\nHow long is it?\n27 days\n\n-\n\na\n");
        let accepted: Vec<&Question> = review.accepted().collect();
        assert_eq!(accepted[0].question, "How long is it?");
        assert_eq!(accepted[0].answers, ["27 days"]);
        assert_eq!(accepted[0].evidence[0].document, "a.md");
        assert_eq!(accepted[0].evidence[0].page, None);
        assert!(accepted[1].unanswerable);
        assert_eq!(typed("d\nu\na\nq\n").accepted().count(), 1);
        assert_eq!(typed("x\nu\ns\nd\n").dropped().count(), 1);
    }

    #[test]
    fn the_end_of_the_input_keeps_what_was_decided() {
        assert_eq!(typed("a\n").accepted().count(), 1);
        assert_eq!(typed("a\ne\nhalf").accepted().count(), 1);
        assert_eq!(typed("").accepted().count(), 0);
    }

    #[test]
    fn each_decision_is_kept_at_once() {
        let mut kept = Vec::new();
        let typed = "a\nu\nd\na\n";
        let keep = |review: &Review| {
            kept.push((review.accepted().count(), review.dropped().count()));
            Ok(())
        };
        walk(&mut review(), &mut typed.as_bytes(), keep).expect("reads");
        assert_eq!(kept, [(1, 0), (0, 0), (0, 1), (1, 1)]);
    }
}
