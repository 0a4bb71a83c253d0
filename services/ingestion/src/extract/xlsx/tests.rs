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
    let extracted = extract(&bytes, "", limits())?;
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

#[test]
fn a_text_that_very_many_cells_name_is_bounded_as_they_come() {
    // Two kilobytes of texts and a few hundred of cells would be gigabytes of what they show.
    let cells = r#"<c t="s"><v>0</v></c>"#.repeat(20_000);
    let long = "a long text ".repeat(200);
    let book = |cells: usize, bytes: u64| Book {
        strings: vec![long.clone()],
        formats: Vec::new(),
        since_1904: false,
        cells,
        bytes,
        limits: limits(),
    };
    let sheet = format!("<worksheet><sheetData><row>{cells}</row></sheetData></worksheet>");
    let error = sheet::read(&sheet, &mut book(MAX_CELLS, limits().text_bytes));
    assert!(matches!(
        error.err(),
        Some(ExtractError::TooMuchText { .. })
    ));
    let error = sheet::read(&sheet, &mut book(19_999, u64::MAX)).err();
    let error = error.expect("one too many").to_string();
    assert!(error.contains("more than 5000000 cells"), "{error}");
    assert!(sheet::read(&sheet, &mut book(20_000, u64::MAX)).is_ok());
}

#[test]
fn rows_without_a_cell_are_not_kept() {
    let rows = r#"<row r="7"/><row><c><v>1</v></c><c/></row><row/>"#.repeat(3);
    let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    let mut book = Book {
        strings: Vec::new(),
        formats: Vec::new(),
        since_1904: false,
        cells: 3,
        bytes: 3,
        limits: limits(),
    };
    let sheet = sheet::read(&sheet, &mut book).expect("it is read");
    let kept: Vec<(u32, usize)> = sheet
        .rows
        .iter()
        .map(|row| (row.number, row.cells.len()))
        .collect();
    assert_eq!(kept, [(7, 3)]);
}

#[test]
fn a_workbook_is_found_where_its_package_says() {
    let package = |workbook: &str| {
        let relation = format!(
            r#"<Relationships><Relationship Type="http://x/officeDocument" Target="/{workbook}"/></Relationships>"#
        );
        package::of(&[
            ("_rels/.rels", &relation),
            (
                workbook,
                r#"<workbook><sheets><sheet name="Keepers" r:id="r"/></sheets></workbook>"#,
            ),
            (
                "book/_rels/main.xml.rels",
                r#"<Relationships><Relationship Id="r" Target="one.xml"/></Relationships>"#,
            ),
            (
                "book/one.xml",
                "<worksheet><sheetData><row><c t=\"str\"><v>Ash</v></c></row></sheetData></worksheet>",
            ),
        ])
    };
    let found = extract(&package("book/main.xml"), "", limits()).expect("it is read");
    assert!(found.pages[0].text.contains("Ash"), "{found:?}");
    let binary = extract(&package("book/main.bin"), "", limits()).expect_err("not XML");
    assert!(binary.to_string().contains("XLSB"), "{binary}");
}
