//! The lists of a document and the styles that name them, as Word's numbering and styles parts define them.

use std::{borrow::Cow, collections::HashMap, str::FromStr};

use crate::extract::xml::{Element, parse};

/// Levels of a list.
pub(super) const LEVELS: usize = 9;
/// Styles that may be based on one another; more is a circle.
const MAX_BASES: usize = 20;

/// Lists and styles of a document.
#[derive(Default)]
pub(super) struct Lists {
    /// By `w:abstractNumId`.
    lists: HashMap<String, List>,
    /// By `w:numId`.
    numbers: HashMap<String, Number>,
    styles: HashMap<String, Style>,
    /// Of paragraphs that name none.
    default_style: Option<String>,
}

struct List {
    levels: HashMap<usize, Level>,
    /// The numbering style that defines its levels in its place.
    style: Option<String>,
}

/// A level of a list.
pub(super) struct Level {
    pub(super) start: i64,
    pub(super) format: String,
    /// Digits that numbers are filled up to with zeros.
    pub(super) width: usize,
    /// The text of a number: `%2` stands for that of the second level.
    pub(super) text: String,
    /// It begins again behind levels above this one; by default behind each above itself.
    pub(super) restart: Option<usize>,
    /// All numbers in its text are in digits.
    pub(super) legal: bool,
    /// The style whose paragraphs are on this level.
    style: Option<String>,
}

/// What paragraphs name: a list, with levels and starts of its own.
struct Number {
    list: String,
    levels: HashMap<usize, Level>,
    starts: HashMap<usize, i64>,
}

struct Style {
    based_on: Option<String>,
    number: Option<String>,
    level: Option<usize>,
}

impl Lists {
    pub(super) fn read(styles: Option<&str>, definitions: Option<&str>) -> Self {
        let mut lists = Self::default();
        if let Some(root) = styles.and_then(|xml| parse(xml).ok()) {
            for style in root.elements().filter(|style| style.name() == "w:style") {
                lists.add_style(style);
            }
        }
        if let Some(root) = definitions.and_then(|xml| parse(xml).ok()) {
            for definition in root.elements() {
                match definition.name() {
                    "w:abstractNum" => lists.add_list(definition),
                    "w:num" => lists.add_number(definition),
                    _ => {}
                }
            }
        }
        lists
    }

    fn add_style(&mut self, style: &Element<'_>) {
        let Some(id) = style.attribute("w:styleId").map(Cow::into_owned) else {
            return;
        };
        let is_default = matches!(
            style.attribute("w:default").as_deref(),
            Some("1" | "true" | "on")
        );
        if is_default && style.attribute("w:type").as_deref() == Some("paragraph") {
            self.default_style = Some(id.clone());
        }
        let (number, level) = style.child("w:pPr").map(reference).unwrap_or_default();
        let style = Style {
            based_on: value(style, "w:basedOn"),
            number,
            level,
        };
        self.styles.insert(id, style);
    }

    fn add_list(&mut self, definition: &Element<'_>) {
        let Some(id) = definition.attribute("w:abstractNumId") else {
            return;
        };
        let levels = definition
            .elements()
            .filter(|level| level.name() == "w:lvl");
        let list = List {
            levels: levels.filter_map(Level::read).collect(),
            style: value(definition, "w:numStyleLink"),
        };
        self.lists.insert(id.into_owned(), list);
    }

    fn add_number(&mut self, definition: &Element<'_>) {
        let id = definition.attribute("w:numId");
        let Some((id, list)) = id.zip(value(definition, "w:abstractNumId")) else {
            return;
        };
        let mut levels = HashMap::new();
        let mut starts = HashMap::new();
        for change in definition.elements() {
            if change.name() != "w:lvlOverride" {
                continue;
            }
            if let Some((at, level)) = change.child("w:lvl").and_then(Level::read) {
                levels.insert(at, level);
            }
            let at = change.attribute("w:ilvl").and_then(|level| index(&level));
            if let Some((at, start)) = at.zip(parsed::<i64>(change, "w:startOverride")) {
                starts.insert(at, start);
            }
        }
        let number = Number {
            list,
            levels,
            starts,
        };
        self.numbers.insert(id.into_owned(), number);
    }

    /// The number and level that a paragraph has by itself or by its style.
    pub(super) fn place(&self, paragraph: &Element<'_>) -> Option<(String, usize)> {
        let properties = paragraph.child("w:pPr");
        let (own, own_level) = properties.map(reference).unwrap_or_default();
        // What a paragraph says itself comes before its style.
        let (number, level) = match own {
            Some(number) => (number, own_level.unwrap_or(0)),
            None => {
                let style = properties.and_then(|properties| value(properties, "w:pStyle"));
                let style = style.or_else(|| self.default_style.clone())?;
                let (number, level) = self.of_style(style)?;
                (number, own_level.unwrap_or(level))
            }
        };
        // Number 0 takes away what the style gives.
        (number != "0").then_some((number, level))
    }

    fn of_style(&self, id: String) -> Option<(String, usize)> {
        let mut chain = vec![id];
        let mut level = None;
        while let Some(style) = chain.last().and_then(|id| self.styles.get(id)) {
            // The level of the nearest style counts, and the number may come from one that it is based on.
            level = level.or(style.level);
            if let Some(number) = &style.number {
                // The level that names a style holds, whatever the style says.
                let linked = chain
                    .iter()
                    .find_map(|style| (0..LEVELS).find(|at| self.is_linked(number, *at, style)));
                return Some((number.clone(), linked.or(level).unwrap_or(0)));
            }
            let base = style.based_on.clone()?;
            if chain.len() == MAX_BASES {
                return None;
            }
            chain.push(base);
        }
        None
    }

    fn is_linked(&self, number: &str, level: usize, style: &str) -> bool {
        let level = self.level(number, level);
        level.and_then(|level| level.style.as_deref()) == Some(style)
    }

    /// Id of the list that a number counts in.
    pub(super) fn list_of(&self, number: &str) -> Option<&str> {
        Some(self.list(number)?.0)
    }

    fn list(&self, number: &str) -> Option<(&str, &List)> {
        let id = &self.numbers.get(number)?.list;
        let list = self.lists.get(id)?;
        // A list may leave its levels to a numbering style, which names a number of its own.
        let Some(style) = &list.style else {
            return Some((id.as_str(), list));
        };
        let number = self.styles.get(style)?.number.as_ref()?;
        let id = &self.numbers.get(number)?.list;
        Some((id.as_str(), self.lists.get(id)?))
    }

    pub(super) fn level(&self, number: &str, level: usize) -> Option<&Level> {
        let own = self.numbers.get(number)?.levels.get(&level);
        own.or_else(|| self.list(number)?.1.levels.get(&level))
    }

    /// Where a number begins to count anew when it is first used on a level.
    pub(super) fn own_start(&self, number: &str, level: usize) -> Option<i64> {
        self.numbers.get(number)?.starts.get(&level).copied()
    }
}

impl Level {
    /// A level with its index.
    fn read(definition: &Element<'_>) -> Option<(usize, Self)> {
        let at = index(&definition.attribute("w:ilvl")?)?;
        let (format, width) = format(definition);
        let legal = definition.child("w:isLgl");
        let level = Self {
            start: parsed(definition, "w:start").unwrap_or(0),
            format,
            width,
            text: value(definition, "w:lvlText").unwrap_or_default(),
            restart: parsed(definition, "w:lvlRestart"),
            legal: legal.is_some_and(|legal| {
                !matches!(legal.attribute("w:val").as_deref(), Some("0" | "false"))
            }),
            style: value(definition, "w:pStyle"),
        };
        Some((at, level))
    }
}

/// The format of a level's numbers and how many digits they are filled up to.
fn format(level: &Element<'_>) -> (String, usize) {
    let choice = level
        .child("mc:AlternateContent")
        .and_then(|content| content.child("mc:Choice"));
    let format = level
        .child("w:numFmt")
        .or_else(|| choice.and_then(|choice| choice.child("w:numFmt")));
    let Some(format) = format else {
        return ("decimal".to_owned(), 0);
    };
    let name = format
        .attribute("w:val")
        .map_or_else(String::new, Cow::into_owned);
    if name != "custom" {
        return (name, 0);
    }
    // "001, 002, 003, …": decimal numbers of so many digits.
    let sample = format.attribute("w:format").unwrap_or_default();
    let width = sample.chars().take_while(char::is_ascii_digit).count();
    ("decimal".to_owned(), width)
}

/// The number and level that properties name.
fn reference(properties: &Element<'_>) -> (Option<String>, Option<usize>) {
    let Some(reference) = properties.child("w:numPr") else {
        return (None, None);
    };
    let level = value(reference, "w:ilvl").and_then(|level| index(&level));
    (value(reference, "w:numId"), level)
}

/// The value of a child.
fn value(element: &Element<'_>, child: &str) -> Option<String> {
    Some(element.child(child)?.attribute("w:val")?.into_owned())
}

fn parsed<T: FromStr>(element: &Element<'_>, child: &str) -> Option<T> {
    value(element, child)?.parse().ok()
}

fn index(level: &str) -> Option<usize> {
    level.parse().ok().filter(|level| *level < LEVELS)
}
