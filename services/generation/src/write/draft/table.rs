//! Tables: a row is a statement.

use super::plain;
use crate::check::Statement;

/// The rows of a table that are kept: those that state nothing, and those that are carried; dots stand for the others.
pub(super) fn with_gaps(rows: &[String], carried: &[bool]) -> Vec<String> {
    let mut carried = carried.iter();
    let stating: Vec<bool> = stating(rows).collect();
    let mut kept: Vec<String> = Vec::new();
    let mut gap = false;
    for (row, states) in rows.iter().zip(stating) {
        if !states || carried.next().copied().unwrap_or_default() {
            kept.push(row.clone());
            gap = false;
        } else if !gap {
            // As many cells as the row had: with fewer a platform would not draw the table.
            let cells = row.trim().trim_matches('|').split('|').count();
            kept.push(format!("|{}", " … |".repeat(cells)));
            gap = true;
        }
    }
    kept
}

/// Whether a table has heads.
fn is_headed(rows: &[String]) -> bool {
    rows.get(1).is_some_and(|row| is_rule(row))
}

/// For each row whether it states anything: heads and rules do not.
fn stating(rows: &[String]) -> impl Iterator<Item = bool> + '_ {
    let heads = usize::from(is_headed(rows));
    rows.iter()
        .enumerate()
        .map(move |(at, row)| at >= heads && !is_rule(row))
}

/// Whether a row parts the heads from the rest.
fn is_rule(row: &str) -> bool {
    row.chars()
        .all(|c| matches!(c, '|' | '-' | ':' | ' ' | '\t'))
}

/// Each row says what its columns are, where the table has heads.
pub(super) fn rows_as_statements(rows: &[String]) -> Vec<Statement> {
    let cells = |row: &String| -> Vec<String> {
        row.trim()
            .trim_matches('|')
            .split('|')
            .map(|cell| plain(cell.trim()))
            .collect()
    };
    let headed = is_headed(rows);
    let heads: Vec<String> = rows.first().map(cells).unwrap_or_default();
    rows.iter()
        .zip(stating(rows))
        .filter(|(_, states)| *states)
        .map(|(row, _)| {
            let said: Vec<String> = heads
                .iter()
                .zip(cells(row))
                .filter(|(_, cell)| !cell.is_empty())
                .map(|(head, cell)| {
                    if headed {
                        format!("{head}: {cell}")
                    } else {
                        cell
                    }
                })
                .collect();
            Statement::parse(&said.join(", "))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_stand_for_the_rows_that_are_left_out() {
        let rows = [
            "| Lamp | Means |",
            "|---|---|",
            "| red | off |",
            "| blue | on |",
            "| green | ok |",
        ];
        let rows = rows.map(str::to_owned);
        assert_eq!(with_gaps(&rows, &[true, true, true]), rows);
        assert_eq!(
            with_gaps(&rows, &[false, false, true]),
            [
                "| Lamp | Means |",
                "|---|---|",
                "| … | … |",
                "| green | ok |"
            ]
        );
    }

    #[test]
    fn rows_are_statements_with_their_heads() {
        let rows = ["| Lamp | Means |", "|---|---|", "| red | off [1] |"].map(str::to_owned);
        let statements = rows_as_statements(&rows);
        assert_eq!(statements.len(), 1);
        assert_eq!(statements[0].text, "Lamp: red, Means: off");
        assert_eq!(statements[0].cited, [1]);
    }
}
