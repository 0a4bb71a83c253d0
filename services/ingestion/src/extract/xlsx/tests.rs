use super::*;
use crate::extract::package;

const STYLES: &str = r##"<styleSheet><numFmts><numFmt numFmtId="164" formatCode="0.0%"/></numFmts><cellXfs>
    <xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="3"/><xf numFmtId="14"/></cellXfs></styleSheet>"##;

fn limits() -> Limits {
    Limits {
        pages: 10,
        text_bytes: 1 << 20,
        seconds: 10,
        memory_mib: 512,
    }
}

/// The text of a workbook with one sheet.
fn shown(rows: &str, merged: &[&str]) -> Result<String, ExtractError> {
    let merged: String = merged
        .iter()
        .map(|range| format!(r#"<mergeCell ref="{range}"/>"#))
        .collect();
    let sheet = format!(
        "<worksheet><sheetData>{rows}</sheetData><mergeCells>{merged}</mergeCells></worksheet>"
    );
    let bytes = package::of(&[
        (
            "xl/workbook.xml",
            r#"<workbook><sheets><sheet name="Tariffs" r:id="rId1"/></sheets></workbook>"#,
        ),
        (
            "xl/_rels/workbook.xml.rels",
            r#"<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>"#,
        ),
        ("xl/styles.xml", STYLES),
        (
            "xl/sharedStrings.xml",
            "<sst><si><t>NA</t></si><si><r><t>North </t></r><r><t>quay</t></r><rPh><t>x</t></rPh></si></sst>",
        ),
        ("xl/worksheets/sheet1.xml", &sheet),
    ]);
    let extracted = extract(&bytes, "", limits())?.expect("it is XML");
    Ok(extracted.pages.into_iter().map(|page| page.text).collect())
}

fn text(at: &str, text: &str) -> String {
    format!(r#"<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>"#)
}

fn number(at: &str, style: usize, value: &str) -> String {
    format!(r#"<c r="{at}" s="{style}"><v>{value}</v></c>"#)
}

fn row(number: usize, cells: &[String]) -> String {
    format!(r#"<row r="{number}">{}</row>"#, cells.concat())
}

#[test]
fn a_sheet_is_read_as_it_is_shown() {
    let rows = [
        row(1, &[text("A1", "Harbour tariffs")]),
        row(
            2,
            &[
                text("A2", "Quay"),
                text("B2", "Length"),
                text("C2", "Surcharge"),
                text("D2", "Deposit"),
                text("E2", "From"),
            ],
        ),
        row(
            3,
            &[
                r#"<c r="A3" t="s"><v>1</v></c>"#.to_owned(),
                text("B3", "up to 8 m"),
                number("C3", 1, "0.05"),
                number("D3", 2, "1200"),
                number("E3", 3, "46023"),
            ],
        ),
        row(
            4,
            &[
                text("B4", "over | 8 m"),
                number("C4", 1, "0.125"),
                number("D4", 2, "2100"),
            ],
        ),
        row(
            5,
            &[
                r#"<c r="A5" t="s"><v>0</v></c>"#.to_owned(),
                text("B5", "any"),
                number("C5", 1, "0.03"),
                r#"<c r="D5" t="e"><v>#N/A</v></c>"#.to_owned(),
            ],
        ),
    ];
    let expected = "## Tariffs\n\nHarbour tariffs\n\n\
        | Quay | Length | Surcharge | Deposit | From |\n|---|---|---|---|---|\n\
        | North quay | up to 8 m | 5.0% | 1,200 | 2026-01-01 |\n\
        | North quay | over \\| 8 m | 12.5% | 2,100 |  |\n\
        | NA | any | 3.0% | #N/A |  |\n\n";
    assert_eq!(
        shown(&rows.concat(), &["A1:E1", "A3:A4"]).expect("it is read"),
        expected
    );
}

#[test]
fn heads_in_two_rows_are_one_and_tables_apart_are_two() {
    let rows = [
        row(1, &[text("A1", "Pump"), text("B1", "2025")]),
        row(2, &[text("B2", "Q1"), text("C2", "Q2")]),
        row(
            3,
            &[
                text("A3", "HX"),
                number("B3", 0, "1.5"),
                number("C3", 0, "2"),
            ],
        ),
        row(6, &[text("A6", "Keepers")]),
        row(7, &[text("A7", "Name"), text("B7", "Floor")]),
        row(8, &[text("A8", "Ash"), number("B8", 0, "3")]),
    ];
    let expected = "## Tariffs\n\n\
        | Pump | 2025 Q1 | 2025 Q2 |\n|---|---|---|\n| HX | 1.5 | 2 |\n\n\
        Keepers\n\n| Name | Floor |\n|---|---|\n| Ash | 3 |\n\n";
    assert_eq!(
        shown(&rows.concat(), &["A1:A2", "B1:C1"]).expect("it is read"),
        expected
    );
}

#[test]
fn cells_without_names_follow_one_another() {
    let cell = |text: &str| format!(r#"<c t="str"><v>{text}</v></c>"#);
    let rows = format!(
        "<row>{}{}</row><row><c/>{}</row>",
        cell("a"),
        cell("b"),
        cell("c")
    );
    let shown = shown(&rows, &[]).expect("it is read");
    assert!(
        shown.ends_with("| a | b |\n|---|---|\n|  | c |\n\n"),
        "{shown}"
    );
}

#[test]
fn a_sheet_that_is_mostly_empty_columns_is_bounded() {
    let rows: String = (1..=2_000)
        .map(|n| {
            let mut column = String::new();
            let mut left = n;
            while left > 0 {
                column.insert(0, char::from(b'A' + ((left - 1) % 26) as u8));
                left = (left - 1) / 26;
            }
            row(
                n,
                &[
                    text(&format!("{column}{n}"), "x"),
                    text(&format!("XFD{n}"), "y"),
                ],
            )
        })
        .collect();
    assert!(matches!(
        shown(&rows, &[]),
        Err(ExtractError::TooMuchText { .. })
    ));
}
