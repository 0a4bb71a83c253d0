//! Two results beside each other.

use std::{path::Path, process::ExitCode};

use anyhow::{Result, ensure};
use stoa_eval::{Comparison, Level, Preferences, Verdict};
use stoa_kit::Config;

use super::{files, model::Model, preference, show::number};
use crate::{
    args::Output,
    client::output::{BAD, FAINT, GOOD, STRONG, plural, print_json, say},
};

/// Questions of a comparison that the terminal shows.
const SHOWN: usize = 20;

/// Fails when a figure became worse by more than chance would do, or the answers before are preferred by as much.
pub(crate) async fn compare(
    judge: Option<&Config>,
    [first, second]: [&Path; 2],
    level: f64,
    output: &Output,
) -> Result<ExitCode> {
    let (before, after) = (files::result(first)?, files::result(second)?);
    let mut compared = stoa_eval::compare(&before, &after, Level(level));
    ensure!(
        compared.questions > 0,
        "{} and {} have no question in common: compare results of the same question set",
        first.display(),
        second.display()
    );
    let model = match judge {
        Some(config) => Model::of(config).await?,
        None => None,
    };
    if let Some(model) = model {
        compared.preferences = Some(preference::ask(&model, &before, &after, Level(level)).await);
    }
    if output.json {
        print_json(&compared)?;
    } else {
        show(&compared);
    }
    Ok(if compared.is_worse() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

pub(super) fn show(compared: &Comparison) {
    let only_one = match compared.unpaired {
        0 => String::new(),
        some => format!(", and {some} that only one of the results has"),
    };
    let both = plural(compared.questions as u64, "question");
    say!("{STRONG}{both} in both{STRONG:#}{FAINT}{only_one}{FAINT:#}");
    for setup in &compared.setups {
        say!("  {FAINT}other {setup}{FAINT:#}");
    }
    for shift in &compared.shifts {
        let (style, word) = match shift.verdict {
            Verdict::Better => (GOOD, "better"),
            Verdict::Worse => (BAD, "worse"),
            Verdict::Same => (FAINT, ""),
        };
        say!(
            "  {:<18} {:>8} → {:<8} {style}{word:<6}{style:#} {FAINT}p {:.3} ({}), n {}{FAINT:#}",
            shift.figure,
            number(shift.figure, shift.before),
            number(shift.figure, shift.after),
            shift.p,
            shift.test,
            shift.n
        );
    }
    if let Some(found) = &compared.preferences {
        preferences(found);
    }
    let changes = plural(compared.changes.len() as u64, "question");
    say!("\n{STRONG}{changes} ended otherwise{STRONG:#}");
    for change in compared.changes.iter().take(SHOWN) {
        let (before, after) = (change.before, change.after);
        let rank = match change.mrr {
            Some((before, after)) => format!(" {FAINT}mrr {before:.2} → {after:.2}{FAINT:#}"),
            None => String::new(),
        };
        say!("  {before} → {after}{rank}  {}", change.question);
    }
    if compared.changes.len() > SHOWN {
        let more = compared.changes.len() - SHOWN;
        say!("  {FAINT}and {more} more, with --json{FAINT:#}");
    }
}

fn preferences(found: &Preferences) {
    let (style, word) = match found.verdict {
        Verdict::Better => (GOOD, "the later answers are preferred"),
        Verdict::Worse => (BAD, "the earlier answers are preferred"),
        Verdict::Same => (FAINT, "chance would do as much"),
    };
    say!(
        "{} prefers the earlier answer {} times, the later one {} times, neither {} times {FAINT}p {:.3}{FAINT:#} \
         {style}{word}{style:#}",
        found.model,
        found.before,
        found.after,
        found.neither,
        found.p
    );
    if found.by_place + found.unjudged > 0 {
        say!(
            "  {FAINT}{} times the place decided, {} times there was no valid choice{FAINT:#}",
            found.by_place,
            found.unjudged
        );
    }
}
