//! The ladder and the ablation as tables.

use std::{collections::BTreeMap, fmt::Write};

use anyhow::Result;

use super::escaped;
use crate::{
    compare::Verdict,
    figure::shown,
    run::Run,
    variant::{COLUMNS, Step, Variant},
};

pub(super) fn write(out: &mut String, run: &Run) -> Result<()> {
    if !run.ladder.is_empty() {
        out.push_str(
            "<h2>What each generation of language models adds</h2>\
             <p class=\"faint\">Below a figure, how it differs from the row above.</p>",
        );
        table(out, &run.ladder.iter().collect::<Vec<_>>())?;
    }
    if !run.ablation.is_empty() {
        out.push_str(
            "<h2>What each part is worth</h2>\
             <p class=\"faint\">Below a figure, how it differs from the whole in the first row.</p>",
        );
        let whole = Variant {
            name: "the whole".to_owned(),
            figures: run.figures.clone(),
            steps: BTreeMap::new(),
        };
        let rows: Vec<&Variant> = std::iter::once(&whole).chain(&run.ablation).collect();
        table(out, &rows)?;
    }
    if !run.left_out.is_empty() {
        out.push_str("<ul class=\"faint\">");
        for left_out in &run.left_out {
            write!(out, "<li>Left out: {}</li>", escaped(left_out))?;
        }
        out.push_str("</ul>");
    }
    Ok(())
}

fn table(out: &mut String, rows: &[&Variant]) -> Result<()> {
    let has = |column: &&str| rows.iter().any(|row| row.figures.contains_key(*column));
    let columns: Vec<&str> = COLUMNS.into_iter().filter(has).collect();
    out.push_str("<table><tr><th></th>");
    for column in &columns {
        write!(out, "<th>{column}</th>")?;
    }
    out.push_str("</tr>");
    for row in rows {
        write!(out, "<tr><td>{}</td>", escaped(&row.name))?;
        for column in &columns {
            let value = row.figures.get(*column);
            let value = value.map_or_else(String::new, |figure| shown(column, figure.value));
            write!(out, "<td class=\"n\">{value}")?;
            if let Some(step) = row.steps.get(*column).filter(|step| step.by != 0.0) {
                differs(out, column, step)?;
            }
            out.push_str("</td>");
        }
        out.push_str("</tr>");
    }
    out.push_str("</table>");
    Ok(())
}

fn differs(out: &mut String, column: &str, step: &Step) -> Result<()> {
    let (class, word) = match step.verdict {
        Verdict::Better => ("good", ", better"),
        Verdict::Worse => ("bad", ", worse"),
        Verdict::Same => ("faint", ""),
    };
    let signed = |value: f64| {
        let sign = if value < 0.0 { "−" } else { "+" };
        format!("{sign}{}", shown(column, value.abs()))
    };
    write!(
        out,
        "<br><small class=\"{class}\">{} ({} to {}){word}</small>",
        signed(step.by),
        signed(step.low),
        signed(step.high),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        measure::Values,
        run::{Outcome, Row, Setup},
        variant::Asked,
    };

    fn rows(correct: f64) -> Vec<Row> {
        let row = |n: usize| Row {
            id: n.to_string(),
            question: n.to_string(),
            language: String::new(),
            tags: Vec::new(),
            outcome: Outcome::Right,
            answer: String::new(),
            expected: Vec::new(),
            found: Vec::new(),
            values: Values::from([("correct".to_owned(), correct)]),
        };
        (0..12).map(row).collect()
    }

    #[test]
    fn a_difference_is_written_with_what_it_means() {
        let mut run = Run::new(Setup::default(), rows(1.0), String::new(), 0.0);
        run.ablate(&[Asked {
            name: "without <words>".to_owned(),
            rows: rows(0.0),
        }]);
        run.left_out.push("large: no model".to_owned());
        let mut out = String::new();
        write(&mut out, &run).expect("writes");
        assert!(out.contains("without &lt;words&gt;"), "{out}");
        assert!(out.contains("−1.000") && out.contains(", worse"), "{out}");
        assert!(out.contains("Left out: large") && !out.contains("recall@1"));
    }
}
