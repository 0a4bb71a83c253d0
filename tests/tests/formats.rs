//! Documents are read as people see them: changes accepted, numbers as they are shown, nothing that cannot be seen.

use serde_json::Value;
use stoa_tests::{
    Home, Stoa,
    files::{self, SCAN, paragraph, run},
    write,
};

/// The text of the first passage that a search by words finds.
fn first(stoa: &Stoa<'_>, words: &str) -> String {
    let found = stoa.good(&["search", words, "--mode", "keyword", "--limit", "1"]);
    let text = found["passages"][0]["text"].as_str();
    text.unwrap_or_else(|| panic!("{words}: {found}"))
        .to_owned()
}

/// A lease of which a line was changed, one was taken out, and one was moved to the end.
fn changed() -> Vec<u8> {
    let mark = |mark: &str| format!("<w:rPr><w:{mark}/></w:rPr>");
    let moved = run("Repairs of the crane are paid by the landlord.");
    let body = [
        paragraph(
            "",
            &format!(
                "{}<w:del>{}</w:del><w:ins>{}</w:ins>{}",
                run("The yearly rent of the crane is "),
                run("4,200").replace("w:t", "w:delText"),
                run("5,150"),
                run(" kroner.")
            ),
        ),
        paragraph(
            &mark("del"),
            &format!(
                "<w:del>{}</w:del>",
                run("The tenant may sublet the crane.").replace("w:t", "w:delText")
            ),
        ),
        paragraph(
            &mark("moveFrom"),
            &format!("<w:moveFrom>{moved}</w:moveFrom>"),
        ),
        paragraph("", &run("The lease ends in September.")),
        paragraph(&mark("moveTo"), &format!("<w:moveTo>{moved}</w:moveTo>")),
    ];
    files::docx_with(&body.concat(), "")
}

/// By-laws with clauses of two levels and bullets between them.
fn numbered() -> Vec<u8> {
    let level = |at: usize, format: &str, text: &str| {
        format!(
            r#"<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{format}"/><w:lvlText w:val="{text}"/></w:lvl>"#
        )
    };
    let lists = format!(
        r#"<w:abstractNum w:abstractNumId="1">{}{}</w:abstractNum><w:abstractNum w:abstractNumId="2">{}</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="2"/></w:num>"#,
        level(0, "decimal", "%1."),
        level(1, "decimal", "%1.%2"),
        level(0, "bullet", "•"),
    );
    let item = |number: usize, level: usize, text: &str| {
        let properties =
            format!(r#"<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>"#);
        paragraph(&properties, &run(text))
    };
    let body = [
        item(1, 0, "Members"),
        item(1, 1, "Members pay 310 crowns."),
        item(1, 0, "Money"),
        item(1, 1, "The treasurer does not pay for:"),
        item(2, 0, "travel"),
        item(2, 0, "instruments"),
        item(1, 1, "What is left goes to the youth choir."),
    ];
    files::docx_with(&body.concat(), &lists)
}

fn workbook() -> Vec<u8> {
    let text =
        |at: &str, text: &str| format!(r#"<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>"#);
    let rows = [
        format!(
            r#"<row r="1">{}{}{}</row>"#,
            text("A1", "Quay"),
            text("B1", "Boat"),
            text("C1", "Surcharge")
        ),
        format!(
            r#"<row r="2">{}{}<c r="C2" s="1"><v>0.05</v></c></row>"#,
            text("A2", "Sandquay"),
            text("B2", "short")
        ),
        format!(
            r#"<row r="3">{}<c r="C3" s="1"><v>0.125</v></c></row>"#,
            text("B3", "long")
        ),
    ];
    files::xlsx_with(
        &rows.concat(),
        r#"<mergeCell ref="A2:A3"/>"#,
        r#"<numFmts><numFmt numFmtId="164" formatCode="0.0%"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs>"#,
    )
}

#[test]
fn documents_are_read_as_they_are_shown() {
    let home = Home::new();
    let stoa = home.up(&[]).expect("starts");
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = folder.path();
    write(path, "lease.docx", changed());
    write(path, "bylaws.docx", numbered());
    write(path, "tariffs.xlsx", workbook());
    write(path, "permit.pdf", files::pdf_form("Marigold"));
    write(
        path,
        "roof.html",
        "<html><head><title>The roof</title><meta name=\"generator\" content=\"Pagemaker\"></head><body>\
         <p>The photo&shy;vol&shy;taic panel is switched off first.</p></body></html>",
    );
    write(
        path,
        "boats.md",
        "---\ntitle: Summer timetable\nlayout: page\n---\nThe last ferry leaves at 23:05.\n",
    );
    stoa.good(&["learn", &path.display().to_string()]);

    let lease = first(&stoa, "yearly rent of the crane");
    assert!(
        lease.contains("5,150") && !lease.contains("4,200") && !lease.contains("sublet"),
        "{lease}"
    );
    assert_eq!(lease.matches("Repairs of the crane").count(), 1, "{lease}");
    let bylaws = first(&stoa, "youth choir");
    for line in [
        "1. Members",
        "1.1 Members pay",
        "2. Money",
        "2.1 The treasurer",
        "- travel",
        "2.2 What is left",
    ] {
        assert!(bylaws.contains(line), "{line}: {bylaws}");
    }
    let tariffs = first(&stoa, "Sandquay surcharge");
    assert!(tariffs.contains("| Sandquay | long | 12.5% |"), "{tariffs}");
    let permit = first(&stoa, "Marigold");
    assert!(permit.contains("Keeper: Marigold"), "{permit}");
    let roof = first(&stoa, "photovoltaic");
    assert!(
        roof.contains("The photovoltaic panel") && !roof.contains("Pagemaker"),
        "{roof}"
    );
    let boats = first(&stoa, "last ferry");
    assert!(!boats.contains("layout"), "{boats}");
    let documents = stoa.good(&["documents"]);
    let titles: Vec<&Value> = documents["documents"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|document| &document["title"])
        .collect();
    for title in ["Summer timetable", "The roof"] {
        assert!(titles.iter().any(|known| **known == title), "{titles:?}");
    }
}

#[test]
fn pages_without_text_are_named_and_blank_ones_are_not() {
    let home = Home::new();
    let stoa = home.up(&[]).expect("starts");
    let folder = tempfile::tempdir().expect("temporary folder");
    let pages = [
        "The towpath is low.",
        SCAN,
        "It is raised by 35 cm.",
        "",
        SCAN,
        SCAN,
    ];
    let survey = write(folder.path(), "survey.pdf", files::pdf(&pages));
    let output = stoa.run(&["learn", &survey]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("no text on pages 2, 5-6"),
        "{said}"
    );
    let again = stoa.good(&["learn", &survey]);
    for jobs in [again, stoa.good(&["jobs", "--limit", "2"])] {
        for job in jobs["jobs"].as_array().expect("a list") {
            assert_eq!(job["pages_without_text"], serde_json::json!([2, 5, 6]));
        }
    }
}

#[test]
fn what_a_document_says_of_itself_is_kept_and_its_day_is_shown() {
    let home = Home::new();
    let stoa = home.up(&[]).expect("starts");
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = folder.path();
    write(
        path,
        "boats.md",
        "---\ntitle: Timetable\nlang: en-GB\ndate: 2024-01-31\nlastmod: 2026-05-01T08:00:00Z\n---\nThe last ferry leaves at 23:05.\n",
    );
    write(
        path,
        "roof.html",
        "<html lang=\"en\"><head><title>The roof</title><meta name=\"date\" content=\"2025-11-30\">\
         <meta property=\"article:modified_time\" content=\"2026-02-28T10:00:00+01:00\"></head><body>\
         <p>The photovoltaic panel is switched off first.</p></body></html>",
    );
    write(path, "plain.txt", "The gate is painted green.\n");
    stoa.good(&["learn", &path.display().to_string()]);

    let listed = stoa.good(&["documents"]);
    let said = |name: &str| {
        let mut all = listed["documents"].as_array().expect("a list").iter();
        // Its folder comes before it.
        let is_it = |document: &&Value| {
            let known = document["name"].as_str();
            known.is_some_and(|known| known.ends_with(name))
        };
        let document = all.find(is_it);
        let document = document.unwrap_or_else(|| panic!("{name}: {listed}"));
        (document["dated"].clone(), document["language"].clone())
    };
    assert_eq!(said("boats.md"), ("2026-05-01".into(), "en-gb".into()));
    assert_eq!(said("roof.html"), ("2026-02-28".into(), "en".into()));
    assert_eq!(said("plain.txt"), (Value::Null, Value::Null));

    let question = ["ask", "When does the last ferry leave?"];
    let answer = stoa.good(&question);
    assert_eq!(answer["citations"][0]["dated"], "2026-05-01", "{answer}");
    let shown = stoa.run(&question);
    let shown = String::from_utf8_lossy(&shown.stdout);
    assert!(shown.contains("Timetable (2026-05-01)"), "{shown}");
}
