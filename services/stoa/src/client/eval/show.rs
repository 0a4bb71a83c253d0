//! A run in the terminal.

pub(super) use stoa_eval::shown as number;
use stoa_eval::{Closed, KNOWN_FIGURES, Outcome, Run};

use super::tables;
use crate::{
    args::EvalRun,
    client::output::{BAD, FAINT, GOOD, STRONG, plural, say},
};

/// Questions that went wrong, of which the terminal shows so many.
const SHOWN: usize = 10;

pub(super) fn run(run: &Run, closed: &[Closed], options: &EvalRun) {
    say!(
        "{STRONG}{}{STRONG:#} {FAINT}{} in space {}, {:.0} s{FAINT:#}",
        run.setup.questions,
        plural(run.rows.len() as u64, "question"),
        run.setup.space,
        run.took_s
    );
    for known in &KNOWN_FIGURES {
        if let Some(figure) = run.figures.get(known.name) {
            say!(
                "  {:<18} {:>8}  {FAINT}{} to {}, n {}: {}{FAINT:#}",
                known.name,
                number(known.name, figure.value),
                number(known.name, figure.low),
                number(known.name, figure.high),
                figure.n,
                known.says
            );
        }
    }
    spent(run);
    judged(run);
    tables::show(run);
    wrong(run);
    for gate in closed {
        say!("{BAD}✗{BAD:#} {gate}");
    }
    if closed.is_empty() && !(options.at_least.is_empty() && options.at_most.is_empty()) {
        say!("{GOOD}✓{GOOD:#} All that was asked for is reached");
    }
    if let Some(report) = &options.report {
        say!("The report is in {}", report.display());
    }
    if options.out.is_none() {
        say!("{FAINT}--out RUN.json keeps the result, to compare with a later one{FAINT:#}");
    }
}

/// Tokens and money of the whole run.
fn spent(run: &Run) {
    let tokens = run
        .total("prompt_tokens")
        .zip(run.total("completion_tokens"));
    let Some((read, written)) = tokens.filter(|(read, written)| read + written > 0.0) else {
        return;
    };
    let cost = run.total("cost").map(|cost| {
        let currency = run.setup.configuration.get("eval.currency");
        let currency = currency.map(String::as_str).unwrap_or_default();
        format!(", {} {currency}", number("cost", cost))
    });
    let cost = cost.unwrap_or_default();
    say!("All answers: {read:.0} tokens read, {written:.0} written{cost}");
}

/// Who judged, and how far people agree.
fn judged(run: &Run) {
    let Some(judging) = &run.judging else {
        return;
    };
    let agreement = match &judging.agreement {
        None => "nobody gave a thumb that it could be held against".to_owned(),
        Some(agreement) => {
            let (n, same) = (agreement.n, agreement.same * 100.0);
            let kappa = agreement.kappa;
            let kappa = kappa.map_or_else(String::new, |kappa| format!(", kappa {kappa:.2}"));
            format!(
                "of {} it says the same of {same:.0} %{kappa}",
                plural(n as u64, "thumb")
            )
        }
    };
    say!("Judged by {}: {agreement}", judging.model);
    if let Some(first) = judging.unjudged.first() {
        let answers = plural(judging.unjudged.len() as u64, "answer");
        say!(
            "{BAD}!{BAD:#} {answers} without valid marks: {}",
            first.reason
        );
    }
}

fn wrong(run: &Run) {
    let rows = run.rows.iter();
    let wrong: Vec<_> = rows
        .filter(|row| matches!(row.outcome, Outcome::Wrong | Outcome::Failed))
        .collect();
    if wrong.is_empty() {
        return;
    }
    say!("\n{STRONG}Wrong{STRONG:#}");
    for row in wrong.iter().take(SHOWN) {
        let said: String = row.answer.split_whitespace().collect::<Vec<_>>().join(" ");
        let said: String = said.chars().take(100).collect();
        say!("  {}  {FAINT}{said}{FAINT:#}", row.question);
    }
    if wrong.len() > SHOWN {
        say!("  {FAINT}and {} more{FAINT:#}", wrong.len() - SHOWN);
    }
}
