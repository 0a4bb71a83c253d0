//! The cells of a sheet.

use std::ops::RangeInclusive;

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use super::{Book, format};
use crate::extract::{
    ExtractError,
    xml::{attribute, damaged, push_text},
};

/// A sheet's cells that are not empty, and its merged ones.
#[derive(Default)]
pub(super) struct Sheet {
    /// In the order of their numbers.
    pub(super) rows: Vec<Row>,
    pub(super) merged: Vec<Merged>,
}

pub(super) struct Row {
    /// From 0.
    pub(super) number: u32,
    /// In the order of their columns.
    pub(super) cells: Vec<Cell>,
}

pub(super) struct Cell {
    /// From 0.
    pub(super) column: u32,
    pub(super) text: String,
    pub(super) is_number: bool,
}

/// Cells that are shown as one.
pub(super) struct Merged {
    pub(super) rows: RangeInclusive<u32>,
    pub(super) columns: RangeInclusive<u32>,
}

/// A cell that is being read.
struct Open {
    column: u32,
    kind: String,
    style: usize,
    text: String,
}

impl Sheet {
    /// Adds a cell to its row. Rows without any are not kept, however many there are.
    fn push(&mut self, number: u32, cell: Cell) {
        match self.rows.last_mut() {
            Some(row) if row.number == number => row.cells.push(cell),
            _ => self.rows.push(Row {
                number,
                cells: vec![cell],
            }),
        }
    }

    /// Sorts its cells: the format asks for this order, and not every writer keeps it.
    fn put_in_order(&mut self) {
        self.rows.sort_by_key(|row| row.number);
        for row in &mut self.rows {
            row.cells.sort_by_key(|cell| cell.column);
        }
    }
}

/// Reads a sheet.
pub(super) fn read(xml: &str, book: &mut Book) -> Result<Sheet, ExtractError> {
    let mut reader = Reader::from_str(xml);
    let mut sheet = Sheet::default();
    let mut at = None;
    let mut next_row = 0;
    let mut next_column = 0;
    let mut open: Option<Open> = None;
    let mut in_value = false;
    loop {
        let event = reader.read_event().map_err(damaged)?;
        match &event {
            Event::Eof => break,
            Event::Start(start) | Event::Empty(start) => match start.local_name().as_ref() {
                "row" => {
                    let number = number(start, "r").and_then(|n: u32| n.checked_sub(1));
                    // Places are optional: some writers name rows and cells only where some are left out.
                    let number = number.unwrap_or(next_row);
                    next_row = number.saturating_add(1);
                    next_column = 0;
                    at = Some(number);
                }
                "c" => {
                    let cell = Open::of(start, next_column);
                    next_column = cell.column.saturating_add(1);
                    open = matches!(event, Event::Start(_)).then_some(cell);
                }
                "v" | "t" => in_value = matches!(event, Event::Start(_)),
                "mergeCell" => sheet.merged.extend(Merged::of(start)),
                // How a text is pronounced is not what it says.
                "rPh" if matches!(event, Event::Start(_)) => {
                    reader.read_to_end(start.name()).map_err(damaged)?;
                }
                _ => {}
            },
            Event::End(end) => match end.local_name().as_ref() {
                "v" | "t" => in_value = false,
                "c" => {
                    let cell = open.take().and_then(|cell| cell.close(book));
                    if let Some((cell, row)) = cell.zip(at) {
                        book.take(&cell.text)?;
                        sheet.push(row, cell);
                    }
                }
                _ => {}
            },
            text => {
                if let Some(cell) = open.as_mut().filter(|_| in_value) {
                    push_text(text, &mut cell.text);
                }
            }
        }
    }
    sheet.put_in_order();
    Ok(sheet)
}

/// The texts that cells of all sheets name by their place.
pub(super) fn strings(xml: &str) -> Result<Vec<String>, ExtractError> {
    let mut reader = Reader::from_str(xml);
    let mut strings = Vec::new();
    let mut in_text = false;
    loop {
        let event = reader.read_event().map_err(damaged)?;
        match &event {
            Event::Eof => return Ok(strings),
            Event::Start(start) | Event::Empty(start) => match start.local_name().as_ref() {
                "si" => strings.push(String::new()),
                "t" => in_text = matches!(event, Event::Start(_)),
                "rPh" if matches!(event, Event::Start(_)) => {
                    reader.read_to_end(start.name()).map_err(damaged)?;
                }
                _ => {}
            },
            Event::End(_) => in_text = false,
            text => {
                if let Some(string) = strings.last_mut().filter(|_| in_text) {
                    push_text(text, string);
                }
            }
        }
    }
}

impl Open {
    fn of(start: &BytesStart<'_>, next_column: u32) -> Self {
        let place = attribute(start, "r").and_then(|name| place(&name));
        Self {
            column: place.map_or(next_column, |(_, column)| column),
            kind: attribute(start, "t").map_or_else(String::new, std::borrow::Cow::into_owned),
            style: number(start, "s").unwrap_or(0),
            text: String::new(),
        }
    }

    /// The cell as it is shown; `None` for one that shows nothing.
    fn close(self, book: &Book) -> Option<Cell> {
        let value = self.text.trim();
        let mut is_number = false;
        let text = match self.kind.as_str() {
            "s" => {
                let place: usize = value.parse().ok()?;
                book.strings.get(place)?.clone()
            }
            "b" if value == "1" => "TRUE".to_owned(),
            "b" => "FALSE".to_owned(),
            "" | "n" => match value.parse() {
                Ok(value) => {
                    is_number = true;
                    let own = book.formats.get(self.style);
                    let format = own.map_or("General", |format| &**format);
                    format::show(value, format, book.since_1904)
                }
                Err(_) => value.to_owned(),
            },
            // A text, an error, or a date in words.
            _ => self.text,
        };
        (!text.trim().is_empty()).then_some(Cell {
            column: self.column,
            text,
            is_number,
        })
    }
}

impl Merged {
    fn of(start: &BytesStart<'_>) -> Option<Self> {
        let range = attribute(start, "ref")?;
        let (first, last) = range.split_once(':')?;
        let ((top, left), (bottom, right)) = place(first).zip(place(last))?;
        Some(Self {
            rows: top..=bottom,
            columns: left..=right,
        })
    }
}

fn number<T: std::str::FromStr>(start: &BytesStart<'_>, name: &str) -> Option<T> {
    attribute(start, name)?.parse().ok()
}

/// Row and column, from 0, of a cell's name ("C3").
fn place(name: &str) -> Option<(u32, u32)> {
    let name = name.replace('$', "");
    let digits = name.find(|c: char| c.is_ascii_digit())?;
    let (letters, row) = name.split_at(digits);
    let mut column = 0_u32;
    for letter in letters.chars() {
        // A is 1: in base 36 it is ten, and what is below is a digit.
        let value = letter.to_ascii_uppercase().to_digit(36)?.checked_sub(9)?;
        column = column.checked_mul(26)?.checked_add(value)?;
    }
    let row: u32 = row.parse().ok()?;
    Some((row.checked_sub(1)?, column.checked_sub(1)?))
}
