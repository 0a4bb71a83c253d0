use super::*;
use crate::extract::xml::parse;

const STYLES: &str = r#"<w:styles>
    <w:style w:type="paragraph" w:styleId="Clause1"><w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr></w:style>
    <w:style w:type="paragraph" w:styleId="Clause2"><w:basedOn w:val="Clause1"/></w:style>
    <w:style w:type="paragraph" w:styleId="Dot"><w:pPr><w:numPr><w:numId w:val="2"/></w:numPr></w:pPr></w:style>
</w:styles>"#;

fn level(at: usize, format: &str, text: &str, rest: &str) -> String {
    format!(
        r#"<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{format}"/><w:lvlText w:val="{text}"/>{rest}</w:lvl>"#
    )
}

/// Number 1: clauses. 2: bullets. 3: clauses by style. 4: the first list again, from 7. 5: chapters and articles.
fn definitions() -> String {
    let clauses = [
        level(0, "decimal", "%1", ""),
        level(1, "decimal", "%1.%2", ""),
        level(2, "lowerLetter", "(%3)", ""),
    ];
    let styled = [
        level(0, "upperRoman", "%1.", r#"<w:pStyle w:val="Clause1"/>"#),
        level(
            1,
            "decimal",
            "%1.%2",
            r#"<w:isLgl/><w:pStyle w:val="Clause2"/>"#,
        ),
    ];
    let chapters = [
        level(0, "chineseCountingThousand", "第%1章", ""),
        level(
            1,
            "chineseCountingThousand",
            "第%2条",
            r#"<w:lvlRestart w:val="0"/>"#,
        ),
    ];
    let list = |id: usize, levels: &[String]| {
        format!(
            r#"<w:abstractNum w:abstractNumId="{id}">{}</w:abstractNum>"#,
            levels.concat()
        )
    };
    let number = |id: usize, list: usize, rest: &str| {
        format!(r#"<w:num w:numId="{id}"><w:abstractNumId w:val="{list}"/>{rest}</w:num>"#)
    };
    [
        "<w:numbering>".to_owned(),
        list(10, &clauses),
        list(20, &[level(0, "bullet", "•", "")]),
        list(30, &styled),
        list(50, &chapters),
        number(1, 10, ""),
        number(2, 20, ""),
        number(3, 30, ""),
        number(
            4,
            10,
            r#"<w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/></w:lvlOverride>"#,
        ),
        number(5, 50, ""),
        "</w:numbering>".to_owned(),
    ]
    .concat()
}

/// A paragraph by number and level, or by style.
fn direct(number: usize, level: usize, text: &str) -> String {
    format!(
        r#"<w:p><w:pPr><w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"#
    )
}

fn styled(style: &str, text: &str) -> String {
    format!(r#"<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"#)
}

fn shown(paragraphs: &[String]) -> Vec<String> {
    let lists = Lists::read(Some(STYLES), Some(&definitions()));
    let xml = format!("<w:body>{}</w:body>", paragraphs.concat());
    let mut root = parse(&xml).expect("well-formed");
    write(&lists, &mut root);
    root.elements()
        .map(|paragraph| {
            let bullet = paragraph
                .child("w:pPr")
                .is_some_and(|properties| properties.child("w:numPr").is_some());
            let runs = paragraph.elements().filter(|run| run.name() == "w:r");
            let text: String = runs
                .filter_map(|run| run.child("w:t"))
                .map(Element::text)
                .collect();
            if bullet { format!("- {text}") } else { text }
        })
        .collect()
}

#[test]
fn a_clause_keeps_its_number_behind_a_bullet_list() {
    let found = shown(&[
        direct(1, 0, "Members"),
        direct(1, 1, "join"),
        direct(1, 1, "pay"),
        direct(1, 0, "Money"),
        direct(1, 1, "not for:"),
        direct(1, 2, "loans"),
        direct(2, 0, "travel"),
        direct(1, 2, "gifts"),
        direct(1, 1, "left over"),
    ]);
    assert_eq!(
        found,
        [
            "1 Members",
            "1.1 join",
            "1.2 pay",
            "2 Money",
            "2.1 not for:",
            "(a) loans",
            "- travel",
            "(b) gifts",
            "2.2 left over",
        ]
    );
}

#[test]
fn a_style_gives_number_and_level_and_0_takes_them_away() {
    let none = r#"<w:p><w:pPr><w:pStyle w:val="Clause1"/><w:numPr><w:numId w:val="0"/></w:numPr></w:pPr><w:r><w:t>Preamble</w:t></w:r></w:p>"#;
    let found = shown(&[
        none.to_owned(),
        styled("Clause1", "Scope"),
        styled("Clause1", "Terms"),
        styled("Clause2", "first"),
        styled("Dot", "point"),
        styled("Clause2", "second"),
    ]);
    assert_eq!(
        found,
        [
            "Preamble",
            "I. Scope",
            "II. Terms",
            "2.1 first",
            "- point",
            "2.2 second"
        ]
    );
}

#[test]
fn numbers_share_a_list_and_one_may_begin_anew() {
    let found = shown(&[
        direct(1, 0, "a"),
        direct(4, 0, "b"),
        direct(1, 0, "c"),
        direct(4, 0, "d"),
    ]);
    assert_eq!(found, ["1 a", "7 b", "8 c", "9 d"]);
}

#[test]
fn a_level_that_never_restarts_goes_on() {
    let found = shown(&[
        direct(5, 0, "总则"),
        direct(5, 1, "目的"),
        direct(5, 1, "范围"),
        direct(5, 0, "附则"),
        direct(5, 1, "生效"),
    ]);
    assert_eq!(
        found,
        [
            "第一章 总则",
            "第一条 目的",
            "第二条 范围",
            "第二章 附则",
            "第三条 生效"
        ]
    );
}

#[test]
fn what_is_not_defined_has_no_number_and_empty_paragraphs_count() {
    let empty =
        r#"<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr></w:p>"#;
    let found = shown(&[
        direct(99, 0, "free"),
        empty.to_owned(),
        direct(1, 0, "second"),
    ]);
    assert_eq!(found, ["free", "", "2 second"]);
}
