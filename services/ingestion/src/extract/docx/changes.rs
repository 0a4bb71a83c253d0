//! Tracked changes: a document as it is when all of them are accepted.

use std::mem;

use crate::extract::xml::{Element, Node};

/// What was deleted or moved away, properties as they were before, and where a move begins and ends.
const REMOVED: [&str; 18] = [
    "w:del",
    "w:moveFrom",
    "w:delText",
    "w:delInstrText",
    "w:rPrChange",
    "w:pPrChange",
    "w:sectPrChange",
    "w:tblPrChange",
    "w:tblPrExChange",
    "w:tblGridChange",
    "w:trPrChange",
    "w:tcPrChange",
    "w:numberingChange",
    "w:moveFromRangeStart",
    "w:moveFromRangeEnd",
    "w:moveToRangeStart",
    "w:moveToRangeEnd",
    "w:cellDel",
];

/// Accepts the changes within an element.
pub(super) fn accept(element: &mut Element<'_>) {
    // What was inserted is taken out of its mark first, so that the paragraphs in it are joined like any others.
    let mut kept = Vec::with_capacity(element.children.len());
    for child in mem::take(&mut element.children) {
        keep(child, &mut kept);
    }
    // A paragraph whose end was deleted; it goes on in the next one.
    let mut open: Option<Element<'_>> = None;
    for child in kept {
        match child {
            Node::Element(mut paragraph) if paragraph.name() == "w:p" => {
                let goes_on = end_is_deleted(&paragraph);
                accept(&mut paragraph);
                if let Some(before) = open.take() {
                    prepend(&mut paragraph, before);
                }
                if goes_on {
                    open = Some(paragraph);
                } else {
                    element.children.push(Node::Element(paragraph));
                }
            }
            Node::Element(mut other) => {
                accept(&mut other);
                close(&mut open, element);
                // A table of which all rows were deleted.
                if other.name() != "w:tbl" || other.child("w:tr").is_some() {
                    element.children.push(Node::Element(other));
                }
            }
            other => element.children.push(other),
        }
    }
    close(&mut open, element);
}

/// Adds what stays of a child: itself, what it holds, or nothing.
fn keep<'a>(child: Node<'a>, kept: &mut Vec<Node<'a>>) {
    match child {
        Node::Element(element) if is_removed(&element) => {}
        // Both may hold each other: moved text that somebody inserted.
        Node::Element(element) if matches!(element.name(), "w:ins" | "w:moveTo") => {
            for child in element.children {
                keep(child, kept);
            }
        }
        child => kept.push(child),
    }
}

fn is_removed(element: &Element<'_>) -> bool {
    let marked = |properties: &str, mark: &str| {
        element
            .child(properties)
            .is_some_and(|properties| properties.child(mark).is_some())
    };
    match element.name() {
        "w:tr" => marked("w:trPr", "w:del"),
        "w:tc" => marked("w:tcPr", "w:cellDel"),
        name => REMOVED.contains(&name),
    }
}

fn end_is_deleted(paragraph: &Element<'_>) -> bool {
    let mark = paragraph
        .child("w:pPr")
        .and_then(|properties| properties.child("w:rPr"));
    mark.is_some_and(|mark| mark.child("w:del").is_some() || mark.child("w:moveFrom").is_some())
}

/// Puts a paragraph's text before that of the next one, whose properties hold for both.
fn prepend<'a>(paragraph: &mut Element<'a>, mut before: Element<'a>) {
    before.remove("w:pPr");
    let at = text_begin(paragraph);
    paragraph.children.splice(at..at, before.children);
}

/// Where a paragraph's text begins: behind its properties.
pub(super) fn text_begin(paragraph: &Element<'_>) -> usize {
    let properties = paragraph
        .children
        .iter()
        .position(|child| matches!(child, Node::Element(element) if element.name() == "w:pPr"));
    properties.map_or(0, |at| at + 1)
}

/// Ends a paragraph that no other follows; one that has nothing left is gone.
fn close<'a>(open: &mut Option<Element<'a>>, parent: &mut Element<'a>) {
    if let Some(paragraph) = open
        .take()
        .filter(|paragraph| paragraph.any(&|element| element.name() == "w:r"))
    {
        parent.children.push(Node::Element(paragraph));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::xml::parse;

    /// Paragraphs of a body after its changes were accepted.
    fn accepted(body: &str) -> Vec<String> {
        let xml = format!("<w:body>{body}</w:body>");
        let mut root = parse(&xml).expect("well-formed");
        accept(&mut root);
        let mut found = Vec::new();
        paragraphs(&root, &mut found);
        found
    }

    fn paragraphs(element: &Element<'_>, found: &mut Vec<String>) {
        for child in element.elements() {
            if child.name() == "w:p" {
                let mut text = String::new();
                texts(child, &mut text);
                found.push(text);
            } else {
                paragraphs(child, found);
            }
        }
    }

    fn texts(element: &Element<'_>, text: &mut String) {
        for child in element.elements() {
            if matches!(child.name(), "w:t" | "w:delText") {
                text.push_str(&child.text());
            }
            texts(child, text);
        }
    }

    fn run(text: &str) -> String {
        format!("<w:r><w:t>{text}</w:t></w:r>")
    }

    fn paragraph(mark: &str, content: &str) -> String {
        format!("<w:p><w:pPr><w:rPr>{mark}</w:rPr></w:pPr>{content}</w:p>")
    }

    #[test]
    fn deletions_vanish_and_insertions_stay() {
        let body = paragraph(
            "",
            &format!(
                "{}<w:del><w:r><w:delText>4,200</w:delText></w:r></w:del><w:ins>{}<w:del>{}</w:del></w:ins>{}",
                run("rent "),
                run("5,150"),
                run("never"),
                run(" kroner")
            ),
        );
        assert_eq!(accepted(&body), ["rent 5,150 kroner"]);
    }

    #[test]
    fn a_moved_paragraph_stands_once_and_where_it_went() {
        let moved = |name: &str| {
            paragraph(
                &format!("<w:{name}/>"),
                &format!(
                    "<w:{name}RangeStart/><w:{name}>{}</w:{name}><w:{name}RangeEnd/>",
                    run("Repairs.")
                ),
            )
        };
        let body = [
            moved("moveFrom"),
            paragraph("", &run("Ends 2029.")),
            moved("moveTo"),
        ];
        assert_eq!(accepted(&body.concat()), ["Ends 2029.", "Repairs."]);
    }

    #[test]
    fn a_deleted_paragraph_leaves_nothing_and_a_deleted_end_joins() {
        let body = [
            paragraph("<w:del/>", &format!("<w:del>{}</w:del>", run("gone"))),
            paragraph("<w:del/>", &run("First half, ")),
            paragraph("", &run("second half.")),
            paragraph("<w:ins/><w:del/>", &run("Last.")),
        ];
        assert_eq!(
            accepted(&body.concat()),
            ["First half, second half.", "Last."]
        );
    }

    #[test]
    fn deleted_rows_and_cells_are_gone() {
        let row = |properties: &str, cells: &str| {
            format!("<w:tr><w:trPr>{properties}</w:trPr>{cells}</w:tr>")
        };
        let cell = |properties: &str, text: &str| {
            let text = paragraph("", &run(text));
            format!("<w:tc><w:tcPr>{properties}</w:tcPr>{text}</w:tc>")
        };
        let body = format!(
            "<w:tbl>{}{}</w:tbl>",
            row("<w:del/>", &cell("", "a")),
            row(
                "<w:ins/>",
                &(cell("<w:cellDel/>", "b") + &cell("<w:cellIns/>", "c"))
            )
        );
        assert_eq!(accepted(&body), ["c"]);
    }

    #[test]
    fn properties_as_they_were_are_dropped() {
        let xml = "<w:p><w:pPr><w:pStyle w:val=\"A\"/><w:pPrChange><w:pPr><w:pStyle w:val=\"B\"/></w:pPr></w:pPrChange></w:pPr></w:p>";
        let mut root = parse(xml).expect("well-formed");
        accept(&mut root);
        let properties = root.child("w:pPr").expect("there");
        assert!(properties.child("w:pStyle").is_some());
        assert!(properties.child("w:pPrChange").is_none());
    }
}
