//! A run as one HTML file: plots in it, nothing fetched, for a screen, a phone and paper.

mod opinions;
mod plots;
mod variants;

use std::{collections::BTreeMap, fmt::Write};

use anyhow::Result;

use crate::{
    compare::{Comparison, Verdict},
    figure::{Figure, KNOWN_FIGURES, shown},
    gate::Closed,
    run::{Outcome, Row, Run},
};

/// Questions that are shown one by one, those that went wrong first.
const MAX_SHOWN: usize = 500;
const STYLE: &str = include_str!("report/style.css");

/// Writes a run; `closed` are the gates that it did not pass, and the comparison is with an earlier run.
pub fn html(run: &Run, closed: &[Closed], earlier: Option<&Comparison>) -> Result<String> {
    let mut out = String::new();
    let setup = &run.setup;
    let title = format!("How good Stoa answers in {}", escaped(&setup.space));
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head><body><h1>{title}</h1>\
         <p class=\"faint\">{} questions of {}, {} documents, {}, in {:.0} s</p>",
        run.rows.len(),
        escaped(&setup.questions),
        setup.documents.len(),
        escaped(&run.started_at),
        run.took_s,
    )?;
    if !closed.is_empty() {
        out.push_str("<div class=\"closed\"><h2>Not reached</h2><ul>");
        for gate in closed {
            write!(out, "<li>{}</li>", escaped(&gate.to_string()))?;
        }
        out.push_str("</ul></div>");
    }
    out.push_str("<h2>Figures</h2>");
    figures(&mut out, &run.figures)?;
    opinions::spent(&mut out, run)?;
    draw(&mut out, run)?;
    variants::write(&mut out, run)?;
    languages(&mut out, run)?;
    opinions::judging(&mut out, run)?;
    if let Some(comparison) = earlier {
        compared(&mut out, comparison)?;
    }
    questions(&mut out, run)?;
    opinions::topics(&mut out, run)?;
    made_with(&mut out, run)?;
    out.push_str("</body></html>\n");
    Ok(out)
}

fn figures(out: &mut String, figures: &BTreeMap<String, Figure>) -> Result<()> {
    out.push_str("<table><tr><th>figure</th><th>value</th><th>95 of 100 resamples</th><th>questions</th><th>what it is</th></tr>");
    for known in &KNOWN_FIGURES {
        let Some(figure) = figures.get(known.name) else {
            continue;
        };
        let Figure {
            value,
            low,
            high,
            n,
        } = figure;
        write!(
            out,
            "<tr><td>{}</td><td class=\"n\"><b>{}</b></td><td class=\"n\">{} to {}</td><td class=\"n\">{n}</td><td>{}</td></tr>",
            known.name,
            shown(known.name, *value),
            shown(known.name, *low),
            shown(known.name, *high),
            known.says,
        )?;
    }
    out.push_str("</table>");
    Ok(())
}

fn draw(out: &mut String, run: &Run) -> Result<()> {
    let found = plots::found(run)?;
    let times = plots::times(run)?;
    for (name, plot) in [("What is found", found), ("How long it takes", times)] {
        if let Some(svg) = plot {
            write!(out, "<figure><figcaption>{name}</figcaption>{svg}</figure>")?;
        }
    }
    Ok(())
}

/// A table whose rows are languages.
fn beside(
    out: &mut String,
    names: &[&str],
    rows: &[(&str, &BTreeMap<String, Figure>)],
) -> Result<()> {
    // Columns that no row has would be noise.
    let some = |name: &&&str| rows.iter().any(|(_, figures)| figures.contains_key(**name));
    let names: Vec<&&str> = names.iter().filter(some).collect();
    out.push_str("<table><tr><th></th>");
    for name in &names {
        write!(out, "<th>{name}</th>")?;
    }
    out.push_str("</tr>");
    for (row, figures) in rows {
        write!(out, "<tr><td>{}</td>", escaped(row))?;
        for name in &names {
            let value = figures
                .get(**name)
                .map_or_else(String::new, |figure| shown(name, figure.value));
            write!(out, "<td class=\"n\">{value}</td>")?;
        }
        out.push_str("</tr>");
    }
    out.push_str("</table>");
    Ok(())
}

fn languages(out: &mut String, run: &Run) -> Result<()> {
    if run.languages.is_empty() {
        return Ok(());
    }
    out.push_str("<h2>Languages</h2>");
    let rows: Vec<(&str, &BTreeMap<String, Figure>)> = run
        .languages
        .iter()
        .map(|(name, figures)| (name.as_str(), figures))
        .collect();
    let names = [
        "recall@5",
        "mrr",
        "correct",
        "f1",
        "refusal.recall",
        "refusal.false",
        "score",
    ];
    beside(out, &names, &rows)
}

fn compared(out: &mut String, comparison: &Comparison) -> Result<()> {
    out.push_str("<h2>Since the earlier run</h2><ul>");
    for setup in &comparison.setups {
        write!(out, "<li>Other {}</li>", escaped(setup))?;
    }
    out.push_str(
        "</ul><table><tr><th>figure</th><th>before</th><th>now</th><th>p</th><th></th></tr>",
    );
    for shift in &comparison.shifts {
        let (class, word) = match shift.verdict {
            Verdict::Better => ("good", "better"),
            Verdict::Worse => ("bad", "worse"),
            Verdict::Same => ("faint", ""),
        };
        write!(
            out,
            "<tr class=\"{class}\"><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{:.3}</td><td>{word}</td></tr>",
            shift.figure,
            shown(shift.figure, shift.before),
            shown(shift.figure, shift.after),
            shift.p,
        )?;
    }
    out.push_str("</table>");
    opinions::preferences(out, comparison)?;
    for change in &comparison.changes {
        write!(
            out,
            "<details><summary>{} → {}: {}</summary><p>Before: {}</p><p>Now: {}</p></details>",
            change.before,
            change.after,
            escaped(&change.question),
            escaped(&change.said_before),
            escaped(&change.said_after),
        )?;
    }
    Ok(())
}

fn questions(out: &mut String, run: &Run) -> Result<()> {
    let mut rows: Vec<&Row> = run.rows.iter().collect();
    let remarks = run.judging.as_ref().map(|judging| &judging.remarks);
    // What went wrong first: that is what somebody opens a report for.
    rows.sort_by_key(|row| match row.outcome {
        Outcome::Failed => 0,
        Outcome::Wrong => 1,
        Outcome::Refused => 2,
        Outcome::Answered | Outcome::Searched => 3,
        Outcome::Right => 4,
    });
    out.push_str("<h2>Questions</h2>");
    for row in rows.iter().take(MAX_SHOWN) {
        let class = match row.outcome {
            Outcome::Failed | Outcome::Wrong => "bad",
            Outcome::Right => "good",
            _ => "faint",
        };
        write!(
            out,
            "<details><summary><span class=\"{class}\">{}</span> {}</summary>",
            row.outcome,
            escaped(&row.question)
        )?;
        for (name, text) in [
            ("Said", row.answer.clone()),
            ("Expected", row.expected.join(" / ")),
            ("Found", row.found.join(", ")),
            ("Judged", judged(row, remarks)),
        ] {
            if !text.is_empty() {
                write!(out, "<p><b>{name}:</b> {}</p>", escaped(&text))?;
            }
        }
        out.push_str("</details>");
    }
    if rows.len() > MAX_SHOWN {
        write!(out, "<p>The JSON has {} more.</p>", rows.len() - MAX_SHOWN)?;
    }
    Ok(())
}

/// The marks of an answer, and what cost them; empty where it has none.
fn judged(row: &Row, remarks: Option<&BTreeMap<String, String>>) -> String {
    let marks = row.values.iter().filter_map(|(name, mark)| {
        let name = name.strip_prefix("judge.")?;
        (name != "unjudged").then(|| format!("{name} {mark:.0}"))
    });
    let marks: Vec<String> = marks.collect();
    match remarks.and_then(|remarks| remarks.get(&row.id)) {
        Some(remark) => format!("{}: {remark}", marks.join(", ")),
        None => marks.join(", "),
    }
}

fn made_with(out: &mut String, run: &Run) -> Result<()> {
    let setup = &run.setup;
    write!(
        out,
        "<h2>Made with</h2><table><tr><td>stoa</td><td>{}</td></tr><tr><td>questions</td><td>{} \
         <code>{}</code></td></tr><tr><td>seed</td><td>{}</td></tr>",
        escaped(&setup.stoa),
        escaped(&setup.questions),
        escaped(&setup.questions_sha256),
        setup.seed,
    )?;
    let named = [&setup.models, &setup.configuration, &setup.prompts];
    for (name, value) in named.into_iter().flatten() {
        write!(
            out,
            "<tr><td>{}</td><td>{}</td></tr>",
            escaped(name),
            escaped(value)
        )?;
    }
    out.push_str("</table><details><summary>Documents</summary><table>");
    for document in &setup.documents {
        write!(
            out,
            "<tr><td>{}</td><td class=\"n\">{} passages</td><td><code>{}</code></td></tr>",
            escaped(&document.name),
            document.passages,
            escaped(&document.sha256),
        )?;
    }
    out.push_str("</table></details>");
    Ok(())
}

/// Text of documents and people is data here, too.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        measure::Values,
        run::{Judging, Row, Setup, Topic, Unjudged},
    };

    fn run() -> Run {
        let rows = (0..12).map(|n| Row {
            id: n.to_string(),
            question: format!("<script>alert({n})</script> & more?"),
            language: if n % 2 == 0 { "en" } else { "zh" }.to_owned(),
            tags: Vec::new(),
            outcome: if n % 3 == 0 {
                Outcome::Wrong
            } else {
                Outcome::Right
            },
            answer: "an answer".to_owned(),
            expected: vec!["another".to_owned()],
            found: vec!["a.md".to_owned()],
            values: Values::from([
                ("recall@1".to_owned(), f64::from(n % 2)),
                ("recall@10".to_owned(), 1.0),
                ("total_ms".to_owned(), f64::from(n) * 10.0),
            ]),
        });
        let setup = Setup {
            space: "a<b".to_owned(),
            ..Setup::default()
        };
        Run::new(
            setup,
            rows.collect(),
            "2026-01-01T00:00:00Z".to_owned(),
            1.0,
        )
    }

    #[test]
    fn a_report_stands_alone_and_no_text_of_others_is_markup() {
        let page = html(&run(), &[], None).expect("writes");
        assert_eq!(page.matches("<svg").count(), 2);
        assert!(page.contains("&lt;script&gt;") && !page.contains("<script"));
        assert!(page.contains("a&lt;b"));
        // The namespace of SVG is the only address.
        let addresses = page.matches("http").count();
        assert_eq!(addresses, page.matches("http://www.w3.org/").count());
        assert!(!page.contains("src="));
        assert!(page.contains("@media print") && page.contains("width=device-width"));
    }

    #[test]
    fn what_others_say_is_in_it_and_is_no_markup_either() {
        let mut run = run();
        for row in &mut run.rows {
            for (name, value) in [
                ("prompt_tokens", 1_000.0),
                ("completion_tokens", 50.0),
                ("cost", 0.01),
            ] {
                row.values.insert(name.to_owned(), value);
            }
            row.values.insert("judge.useful".to_owned(), 4.0);
        }
        let currency = ("eval.currency".to_owned(), "<EUR>".to_owned());
        run.setup.configuration.extend([currency]);
        run.judging = Some(Judging {
            model: "<judge>".to_owned(),
            remarks: [("0".to_owned(), "<b>too long</b>".to_owned())].into(),
            unjudged: vec![Unjudged {
                id: "1".to_owned(),
                reason: "<no JSON>".to_owned(),
            }],
            agreement: crate::agreement::Agreement::of(&[
                (true, true),
                (false, false),
                (true, false),
            ]),
        });
        run.topics = vec![Topic {
            questions: vec!["<i>Who?</i>".to_owned(), "Who is it?".to_owned()],
            nearest: Some("<a>.md".to_owned()),
            answered_now: None,
        }];
        let page = html(&run, &[], None).expect("writes");
        for said in [
            "12000 read, 600 written, 0.120000 &lt;EUR&gt;",
            "Judged by &lt;judge&gt;",
            "says the same of 67 % (Cohen's kappa 0.40",
            "useful 4: &lt;b&gt;too long",
            "1 without valid marks",
            "&lt;no JSON&gt;",
            "&lt;i&gt;Who?",
            "Add the answer to &lt;a&gt;.md",
        ] {
            assert!(page.contains(said), "{said} in {page}");
        }
    }

    #[test]
    fn a_run_without_questions_is_a_page_too() {
        let empty = Run::new(Setup::default(), Vec::new(), String::new(), 0.0);
        let page = html(&empty, &[], None).expect("writes");
        assert!(!page.contains("<svg"));
        assert!(page.ends_with("</html>\n"));
    }
}
