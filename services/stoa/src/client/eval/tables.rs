//! The ladder and the ablation in the terminal.

use std::collections::BTreeMap;

use stoa_eval::{COLUMNS, Run, Variant, Verdict};

use super::show::number;
use crate::client::output::{FAINT, STRONG, say};

/// Characters of a row's name.
const NAME: usize = 38;

pub(super) fn show(run: &Run) {
    if !run.ladder.is_empty() {
        table("What each generation adds", &run.ladder, value);
        say!(
            "{FAINT}+ better and - worse than the row above by more than chance would do{FAINT:#}"
        );
    }
    if !run.ablation.is_empty() {
        let mut rows = vec![Variant {
            name: "the whole".to_owned(),
            figures: run.figures.clone(),
            steps: BTreeMap::new(),
        }];
        rows.extend(run.ablation.iter().cloned());
        table("What each part is worth", &rows, difference);
        say!("{FAINT}differences from the whole; * more than chance would do{FAINT:#}");
    }
    for left_out in &run.left_out {
        say!("{FAINT}left out: {left_out}{FAINT:#}");
    }
}

fn table(title: &str, rows: &[Variant], cell: fn(&Variant, &str) -> String) {
    let has = |column: &&str| rows.iter().any(|row| row.figures.contains_key(*column));
    // With --search-only half of the columns would be empty.
    let columns: Vec<&str> = COLUMNS.into_iter().filter(has).collect();
    let heads: Vec<String> = columns.iter().map(|name| format!(" {name:>14}")).collect();
    say!("\n{STRONG}{title:<NAME$}{}{STRONG:#}", heads.concat());
    for row in rows {
        let cells: Vec<String> = columns
            .iter()
            .map(|column| format!(" {:>14}", cell(row, column)))
            .collect();
        say!("{:<NAME$}{}", row.name, cells.concat());
    }
}

fn value(row: &Variant, column: &str) -> String {
    let Some(figure) = row.figures.get(column) else {
        return String::new();
    };
    let mark = match row.steps.get(column).map(|step| step.verdict) {
        Some(Verdict::Better) => "+",
        Some(Verdict::Worse) => "-",
        Some(Verdict::Same) | None => " ",
    };
    format!("{}{mark}", number(column, figure.value))
}

/// How a row differs; what the whole has, in its own row.
fn difference(row: &Variant, column: &str) -> String {
    let Some(step) = row.steps.get(column) else {
        return value(row, column);
    };
    let mark = if step.verdict == Verdict::Same {
        " "
    } else {
        "*"
    };
    let by = number(column, step.by);
    let sign = if step.by > 0.0 { "+" } else { "" };
    format!("{sign}{by}{mark}")
}

#[cfg(test)]
mod tests {
    use stoa_eval::{Figure, Step};

    use super::*;

    #[test]
    fn a_cell_says_what_its_difference_means() {
        let figure = Figure {
            value: 0.5,
            low: 0.4,
            high: 0.6,
            n: 9,
        };
        let step = Step {
            by: 0.25,
            low: 0.1,
            high: 0.4,
            p: 0.01,
            verdict: Verdict::Worse,
        };
        let row = Variant {
            name: "without".to_owned(),
            figures: BTreeMap::from([("unsupported".to_owned(), figure)]),
            steps: BTreeMap::from([("unsupported".to_owned(), step)]),
        };
        assert_eq!(value(&row, "unsupported"), "0.500-");
        assert_eq!(difference(&row, "unsupported"), "+0.250*");
        assert_eq!(difference(&row, "correct"), "");
    }
}
