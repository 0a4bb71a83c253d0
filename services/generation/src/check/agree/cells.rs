//! Cells that say yes or no.

use std::ops::Range;

use stoa_language::{Reading, markers::Class, reading::Term};

use super::{
    extent::{denies, says_no},
    says_one,
};
use crate::read::Claim;

/// What a cell says that answers its head.
const YES: [&str; 10] = ["yes", "ja", "oui", "sí", "sì", "sim", "是", "有", "✓", "✔"];
const NO: [&str; 14] = [
    "no", "none", "nein", "kein", "keine", "non", "não", "否", "无", "不", "不可", "✗", "✘", "×",
];

/// Whether a statement says of what stands over a cell that it is so where the cell says yes, and denies it where it says
/// no; nothing where it is about no such cell.
pub(super) fn answers(statement: &Reading, row: &Reading) -> Option<bool> {
    let denied = says_no(statement);
    let mut from = 0;
    let mut columns: Vec<(Range<usize>, &str, Option<bool>)> = Vec::new();
    for cell in row.text.split(", ") {
        let begin = from;
        from += cell.len() + 2;
        if let Some((head, answer)) = cell.split_once(": ") {
            columns.push((begin..begin + head.len(), head, answered(answer)));
        }
    }
    let heads = |of: &Range<usize>| -> Vec<&Term> {
        let words = row.claims();
        words
            .filter(|term| of.contains(&term.range.start))
            .collect()
    };
    // "Included" of two heads tells neither apart.
    let named = |own: &Range<usize>, head: &str| {
        let is_own = |term: &&Term| {
            let mut others = columns.iter().filter(|(other, ..)| other != own);
            !others.any(|(other, ..)| heads(other).iter().any(|other| other.is(term)))
        };
        says_one(&statement.text, &[&head.to_lowercase()])
            || heads(own)
                .iter()
                .any(|term| is_own(term) && statement.says(term))
    };
    let mut answers = columns
        .iter()
        .filter(|(own, head, _)| named(own, head))
        .filter_map(|(.., answer)| *answer)
        .map(|yes| yes != denied);
    let first = answers.next()?;
    Some(first && answers.all(|agrees| agrees))
}

/// Whether a row names opposites in the heads of its columns alone, and a statement denies nothing: that one column is of
/// what is kept and another of what is deleted says of no row that it is.
pub(super) fn decides_nothing(statement: &Reading, claim: &Claim) -> bool {
    let row = &claim.reading;
    let is_head = |at: usize| {
        let rest = row.text[at..].split(',').next().unwrap_or_default();
        rest.contains(':')
    };
    let mut sides = row
        .marks
        .iter()
        .filter(|mark| matches!(mark.class, Class::Side(side) if side.is_polar()));
    claim.row && !denies(statement) && !denies(row) && sides.all(|mark| is_head(mark.range.end))
}

fn answered(cell: &str) -> Option<bool> {
    let cell = cell.trim().trim_end_matches(['.', '。']).to_lowercase();
    match (YES.contains(&cell.as_str()), NO.contains(&cell.as_str())) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}
