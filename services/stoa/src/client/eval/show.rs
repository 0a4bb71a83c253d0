//! A run in the terminal.

use stoa_eval::{Aim, Closed, KNOWN_FIGURES, Outcome, Run, meaning};

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

/// Shares with three digits; what is spent, whole.
pub(super) fn number(name: &str, value: f64) -> String {
    if meaning(name).is_some_and(|known| known.aim == Aim::Spent) {
        format!("{value:.0}")
    } else {
        format!("{value:.3}")
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
