//! What others than the figures say: a judging model, people, and what was spent.

use std::fmt::Write;

use anyhow::Result;

use super::escaped;
use crate::{
    compare::{Comparison, Verdict},
    figure::shown,
    run::{Judging, Run},
};

/// Answers whose missing marks are explained.
const EXPLAINED: usize = 20;
/// Topics, and questions of one, that are shown.
const TOPICS: usize = 50;
const ALIKE: usize = 10;

/// Tokens and money of the whole run.
pub(super) fn spent(out: &mut String, run: &Run) -> Result<()> {
    let tokens = run
        .total("prompt_tokens")
        .zip(run.total("completion_tokens"));
    let Some((read, written)) = tokens.filter(|(read, written)| read + written > 0.0) else {
        return Ok(());
    };
    write!(
        out,
        "<p>Tokens of all answers: {read:.0} read, {written:.0} written"
    )?;
    if let Some(cost) = run.total("cost") {
        let currency = run.setup.configuration.get("eval.currency");
        let currency = currency.map(String::as_str).unwrap_or_default();
        let cost = shown("cost", cost);
        write!(out, ", {cost} {}", escaped(currency))?;
    }
    out.push_str("</p>");
    Ok(())
}

/// Who judged, how far people agree, and what was not judged.
pub(super) fn judging(out: &mut String, run: &Run) -> Result<()> {
    let Some(judging) = &run.judging else {
        return Ok(());
    };
    let Judging {
        model,
        unjudged,
        agreement,
        ..
    } = judging;
    let model = escaped(model);
    write!(out, "<h2>Judged by {model}</h2><p>")?;
    match agreement {
        None => out.push_str("Nobody gave a thumb in this space that it could be held against."),
        Some(agreement) => {
            let same = agreement.same * 100.0;
            let n = agreement.n;
            write!(
                out,
                "Of {n} thumbs that people gave, it says the same of {same:.0} %"
            )?;
            match agreement.kappa {
                Some(kappa) => write!(out, " (Cohen's kappa {kappa:.2}: 0 is chance, 1 is all)")?,
                None => out.push_str(", and one of the two says one thing of all"),
            }
            out.push('.');
        }
    }
    out.push_str("</p>");
    if !unjudged.is_empty() {
        let count = unjudged.len();
        write!(
            out,
            "<details><summary>{count} without valid marks</summary><ul>"
        )?;
        for one in unjudged.iter().take(EXPLAINED) {
            let row = run.rows.iter().find(|row| row.id == one.id);
            let question = row.map_or(one.id.as_str(), |row| row.question.as_str());
            write!(
                out,
                "<li>{}: {}</li>",
                escaped(question),
                escaped(&one.reason)
            )?;
        }
        out.push_str("</ul></details>");
    }
    Ok(())
}

/// What the judging model prefers of two runs.
pub(super) fn preferences(out: &mut String, comparison: &Comparison) -> Result<()> {
    let Some(found) = &comparison.preferences else {
        return Ok(());
    };
    let (class, word) = match found.verdict {
        Verdict::Better => ("good", "the later answers are preferred"),
        Verdict::Worse => ("bad", "the earlier answers are preferred"),
        Verdict::Same => ("faint", "chance would do as much"),
    };
    write!(
        out,
        "<p>{} prefers the earlier answer {} times and the later one {} times, neither {} times; {} times the place \
         decided, {} times it gave no valid choice. <span class=\"{class}\">p {:.3}: {word}</span></p>",
        escaped(&found.model),
        found.before,
        found.after,
        found.neither,
        found.by_place,
        found.unjudged,
        found.p,
    )?;
    Ok(())
}

/// What people asked about and got no answer, with the teaching that would help.
pub(super) fn topics(out: &mut String, run: &Run) -> Result<()> {
    if run.topics.is_empty() {
        return Ok(());
    }
    out.push_str("<h2>What people got no answer to</h2>");
    for topic in run.topics.iter().take(TOPICS) {
        let [middle, others @ ..] = &topic.questions[..] else {
            continue;
        };
        let (middle, count) = (escaped(middle), topic.questions.len());
        write!(
            out,
            "<details><summary>{middle} <span class=\"faint\">{count}</span></summary><ul>"
        )?;
        for question in others.iter().take(ALIKE) {
            write!(out, "<li>{}</li>", escaped(question))?;
        }
        out.push_str("</ul><p>");
        match &topic.nearest {
            Some(document) => write!(
                out,
                "Add the answer to {}, which comes nearest, or teach a document that has it.",
                escaped(document)
            )?,
            None => out.push_str("Teach a document that has the answer."),
        }
        out.push_str("</p></details>");
    }
    Ok(())
}
