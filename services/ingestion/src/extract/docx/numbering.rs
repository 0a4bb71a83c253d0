//! The numbers that Word makes for paragraphs, written as text.

use std::collections::{HashMap, HashSet};

use super::{
    changes::text_begin,
    label,
    lists::{LEVELS, Level, Lists},
};
use crate::extract::xml::{Element, Node};

/// How far each list has counted.
#[derive(Default)]
struct Counters {
    /// By the list's id.
    values: HashMap<String, [Option<i64>; LEVELS]>,
    /// Numbers whose own start was taken, with the level.
    begun: HashSet<(String, usize)>,
}

/// What stands before a paragraph.
enum Label {
    Bullet,
    Text(String),
}

/// Writes the numbers of a part's paragraphs into their text. Bullets are left to the library, which knows them.
pub(super) fn write(lists: &Lists, root: &mut Element<'_>) {
    write_within(lists, root, &mut Counters::default());
}

/// Takes the numbering out of styles: it is written into the paragraphs that have it.
pub(super) fn remove_from_styles(root: &mut Element<'_>) {
    for style in root.elements_mut() {
        if let Some(properties) = style.child_mut("w:pPr") {
            properties.remove("w:numPr");
        }
    }
}

fn write_within(lists: &Lists, element: &mut Element<'_>, counters: &mut Counters) {
    for child in element.elements_mut() {
        // The same once more, for programs that cannot show the choice before it.
        if child.name() == "mc:Fallback" {
            continue;
        }
        if child.name() == "w:p" {
            write_paragraph(lists, child, counters);
        }
        write_within(lists, child, counters);
    }
}

fn write_paragraph(lists: &Lists, paragraph: &mut Element<'_>, counters: &mut Counters) {
    // Read before the properties are taken away.
    let place = lists.place(paragraph);
    if let Some(properties) = paragraph.child_mut("w:pPr") {
        properties.remove("w:numPr");
    }
    let Some((number, level)) = place else {
        return;
    };
    match counters.count(lists, &number, level) {
        Some(Label::Bullet) => write_bullet(paragraph, &number, level),
        // An empty paragraph is counted, and its number says nothing.
        Some(Label::Text(text)) if !text.is_empty() && has_text(paragraph) => {
            let text =
                Element::new("w:t", &[("xml:space", "preserve")]).with_text(&format!("{text} "));
            let run = Element::new("w:r", &[]).with(text);
            let at = text_begin(paragraph);
            paragraph.children.insert(at, Node::Element(run));
        }
        _ => {}
    }
}

fn write_bullet(paragraph: &mut Element<'_>, number: &str, level: usize) {
    let level = level.to_string();
    let reference = Element::new("w:numPr", &[])
        .with(Element::new("w:ilvl", &[("w:val", level.as_str())]))
        .with(Element::new("w:numId", &[("w:val", number)]));
    if let Some(properties) = paragraph.child_mut("w:pPr") {
        properties.children.push(Node::Element(reference));
        return;
    }
    let properties = Element::new("w:pPr", &[]).with(reference);
    paragraph.children.insert(0, Node::Element(properties));
}

fn has_text(paragraph: &Element<'_>) -> bool {
    paragraph.any(&|element| matches!(element.name(), "w:t" | "m:t" | "w:sym" | "w:drawing"))
}

impl Counters {
    /// Counts a paragraph, and gives what Word writes before it; `None` for a number that is not defined.
    fn count(&mut self, lists: &Lists, number: &str, level: usize) -> Option<Label> {
        let list = lists.list_of(number)?;
        let definition = lists.level(number, level)?;
        let own_start = lists.own_start(number, level);
        // A start of its own is taken the first time only: further paragraphs of the same number count on.
        let anew = own_start.is_some() && self.begun.insert((number.to_owned(), level));
        let values = self.values.entry(list.to_owned()).or_insert([None; LEVELS]);
        values[level] = Some(match values[level] {
            Some(value) if !anew => value.saturating_add(1),
            _ => own_start.unwrap_or(definition.start),
        });
        for (deeper, value) in values.iter_mut().enumerate().skip(level + 1) {
            let restart = lists.level(number, deeper).and_then(|level| level.restart);
            // "1.2" after "1.1.3" begins the third level again.
            if level < restart.unwrap_or(deeper) {
                *value = None;
            }
        }
        if definition.format == "bullet" {
            return Some(Label::Bullet);
        }
        Some(Label::Text(text(lists, number, definition, values)))
    }
}

/// A level's text with the numbers in it.
fn text(lists: &Lists, number: &str, level: &Level, values: &[Option<i64>; LEVELS]) -> String {
    let mut text = String::new();
    let mut parts = level.text.split('%');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let mut rest = part.chars();
        let place = rest
            .next()
            .and_then(|c| c.to_digit(10))
            .and_then(|place| (place as usize).checked_sub(1))
            .filter(|place| *place < LEVELS);
        let Some(place) = place else {
            text.push('%');
            text.push_str(part);
            continue;
        };
        if let Some(named) = lists.level(number, place) {
            // A level that was not used yet is shown with its first number.
            let value = values[place].unwrap_or(named.start);
            let format = if level.legal {
                "decimal"
            } else {
                named.format.as_str()
            };
            let width = named.width;
            text.push_str(&format!("{:0>width$}", label::number(value, format)));
        }
        text.push_str(rest.as_str());
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests;
