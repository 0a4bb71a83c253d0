//! What went wrong in the chats, one by one, on its way into a question set.

use std::{
    collections::HashSet,
    fs,
    io::{self, BufRead, Write},
    path::Path,
    process::ExitCode,
};

use anyhow::{Context, Result};
use serde::Serialize;
use stoa_eval::{Evidence, Question, Reason, Review, Source, line_of, propose};
use stoa_kit::Space;
use stoa_proto::generation::{ListFeedbackRequest, ListUnansweredRequest, Rating};

use super::files;
use crate::{
    args::Output,
    client::{
        Connection,
        output::{FAINT, STRONG, plural, print_json, say},
    },
};

/// Ratings and unanswered questions that are looked at, the newest.
const MOST_RATINGS: u32 = 200;
const MOST_UNANSWERED: u32 = 1_000;
const KEYS: &str = "[a]ccept [e]dit [d]rop [s]kip [u]ndo [q]uit";

#[derive(Serialize)]
struct ReviewJson {
    proposed: usize,
    accepted: usize,
    dropped: usize,
}

pub(super) async fn run(
    connection: &Connection,
    space: &Space,
    file: &Path,
    output: &Output,
) -> Result<ExitCode> {
    let known = known(file)?;
    let proposed = propose(sources(connection, space).await?, &known);
    let count = proposed.len();
    let mut review = Review::new(proposed);
    let mut input = io::stdin().lock();
    walk(&mut review, &mut input)?;
    let mut lines = String::new();
    for question in review.accepted() {
        lines += &line_of(question)?;
    }
    files::append(file, &lines)?;
    let dropped: Vec<&str> = review.dropped().collect();
    let marks: String = dropped.iter().map(|origin| format!("{origin}\n")).collect();
    files::append(&files::dropped(file), &marks)?;
    let (accepted, dropped) = (review.accepted().count(), dropped.len());
    if output.json {
        print_json(&ReviewJson {
            proposed: count,
            accepted,
            dropped,
        })?;
    } else if count == 0 {
        say!("Nothing new: no 👎 and no unanswered question in space {space} that is not known");
    } else {
        let added = plural(accepted as u64, "question");
        say!("{added} added to {}, {dropped} dropped", file.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// Words and origins that are not to be proposed.
fn known(file: &Path) -> Result<HashSet<String>> {
    let mut known = HashSet::new();
    if let Some(set) = files::questions_if_there(file)? {
        for question in set.questions {
            known.insert(question.question);
            known.insert(question.origin);
        }
    }
    let dropped = files::dropped(file);
    match fs::read_to_string(&dropped) {
        Ok(text) => known.extend(text.lines().map(str::to_owned)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", dropped.display()));
        }
    }
    Ok(known)
}

async fn sources(connection: &Connection, space: &Space) -> Result<Vec<Source>> {
    let request = ListFeedbackRequest {
        space: space.to_string(),
        rating: Rating::Down.into(),
        page_size: MOST_RATINGS,
    };
    let rated = connection.generation().list_feedback(request).await;
    let rated = rated
        .map_err(|status| connection.explain(&status))?
        .into_inner();
    let request = ListUnansweredRequest {
        space: space.to_string(),
        page_size: MOST_UNANSWERED,
    };
    let unanswered = connection.generation().list_unanswered(request).await;
    let unanswered = unanswered
        .map_err(|status| connection.explain(&status))?
        .into_inner();
    let thumbs = rated.turns.into_iter().map(|rated| {
        let turn = rated.turn.unwrap_or_default();
        Source {
            turn: turn.id,
            question: turn.question,
            reason: Reason::ThumbsDown {
                why: rated.reason,
                answer: turn.answer,
            },
            cited: turn
                .citations
                .into_iter()
                .map(|citation| (citation.document, citation.page))
                .collect(),
        }
    });
    let unanswered = unanswered.questions.into_iter().map(|question| Source {
        turn: question.turn_id,
        question: question.question,
        reason: Reason::Unanswered,
        cited: Vec::new(),
    });
    Ok(thumbs.chain(unanswered).collect())
}

/// Asks for each proposal what to do. The end of the input, and `q`, keep what was decided.
fn walk(review: &mut Review, input: &mut impl BufRead) -> Result<()> {
    while let Some((question, source)) = review.current() {
        let (at, of) = review.progress();
        show(question, source, at + 1, of);
        let question = question.clone();
        let Some(key) = ask(KEYS, input)? else {
            return Ok(());
        };
        match key.as_str() {
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
    let [answer, document, page, passage] = &values[..] else {
        return Ok(None);
    };
    let number = page.parse::<u32>().ok();
    if number.is_none() && !page.is_empty() {
        anstream::eprintln!("`{page}` is no page: it is left out; [u]ndo goes back to it");
    }
    question.answers = some(answer).into_iter().collect();
    question.evidence = match some(document) {
        Some(document) => vec![Evidence {
            document,
            page: number,
            passage: some(passage),
        }],
        None => Vec::new(),
    };
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
    Ok((read > 0).then(|| line.trim().to_owned()))
}

#[cfg(test)]
mod tests {
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
        walk(&mut review, &mut text.as_bytes()).expect("reads");
        review
    }

    #[test]
    fn what_is_typed_is_done() {
        let review = typed("e\n27 days\n\n-\n\na\n");
        let accepted: Vec<&Question> = review.accepted().collect();
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
}
