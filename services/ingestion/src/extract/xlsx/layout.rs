//! Cells to headings, paragraphs and tables with heads.

use std::collections::{BTreeSet, HashMap};

use super::{
    Book,
    sheet::{Cell, Merged, Row, Sheet},
};
use crate::extract::{
    ExtractError,
    table::{push_heads, push_row},
};

/// Rows of heads that a table has at most, and rows that a merged head reaches over.
const MAX_HEADS: u32 = 3;
/// Bytes of a merged cell that names its rows; a longer one is a note, which is said once.
const MAX_NAME: usize = 300;

/// Adds a sheet to a text of at most `most` bytes. A sheet without a cell is left out.
pub(super) fn write(
    name: &str,
    mut sheet: Sheet,
    book: &mut Book,
    text: &mut String,
    most: usize,
) -> Result<(), ExtractError> {
    if sheet.rows.is_empty() {
        return Ok(());
    }
    spread(&mut sheet, book)?;
    let reaches = reaches(&sheet.merged);
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(&format!("## {name}\n\n"));
    let mut rows = sheet.rows.as_slice();
    while let Some(row) = rows.first() {
        if is_line(row) {
            let line = row.cells.first().map_or("", |cell| cell.text.as_str());
            text.push_str(line.trim());
            text.push_str("\n\n");
            rows = &rows[1..];
        } else {
            let (table, rest) = rows.split_at(table_end(rows));
            write_table(table, heads(table, &reaches), text, most)?;
            text.push('\n');
            rows = rest;
        }
        check(text, most)?;
    }
    Ok(())
}

fn check(text: &str, most: usize) -> Result<(), ExtractError> {
    if text.len() <= most {
        return Ok(());
    }
    Err(ExtractError::TooMuchText { limit: most as u64 })
}

/// Gives what a merged cell says to all rows and columns that it covers, as far as there is anything in them.
fn spread(sheet: &mut Sheet, book: &mut Book) -> Result<(), ExtractError> {
    let cells = sheet.rows.iter().flat_map(|row| &row.cells);
    let last = cells.map(|cell| cell.column).max().unwrap_or(0);
    for merged in &sheet.merged {
        let begin = sheet
            .rows
            .partition_point(|row| row.number < *merged.rows.start());
        let end = sheet
            .rows
            .partition_point(|row| row.number <= *merged.rows.end());
        let left = *merged.columns.start();
        let Some(covered) = sheet.rows.get_mut(begin..end) else {
            continue;
        };
        let origin = covered
            .first()
            .filter(|row| row.number == *merged.rows.start())
            .and_then(|row| row.cells.iter().find(|cell| cell.column == left))
            .filter(|cell| cell.text.len() <= MAX_NAME);
        let Some((said, is_number)) = origin.map(|cell| (cell.text.clone(), cell.is_number)) else {
            continue;
        };
        for row in covered {
            for column in left..=(*merged.columns.end()).min(last) {
                let place = row.cells.binary_search_by_key(&column, |cell| cell.column);
                if let Err(at) = place {
                    book.take(&said)?;
                    let cell = Cell {
                        column,
                        text: said.clone(),
                        is_number,
                    };
                    row.cells.insert(at, cell);
                }
            }
        }
    }
    Ok(())
}

/// The last row of heads that begin in a row with merged cells. One that is wide has heads of its own below it.
fn reaches(merged: &[Merged]) -> HashMap<u32, u32> {
    let mut reaches = HashMap::new();
    for cells in merged {
        let (top, bottom) = (*cells.rows.start(), *cells.rows.end());
        if bottom.saturating_sub(top) >= MAX_HEADS {
            continue;
        }
        let is_wide = cells.columns.start() < cells.columns.end();
        let last = bottom.saturating_add(u32::from(is_wide));
        let reach = reaches.entry(top).or_insert(last);
        *reach = last.max(*reach);
    }
    reaches
}

/// Whether a row says one thing only: a title, a note.
fn is_line(row: &Row) -> bool {
    row.cells
        .windows(2)
        .all(|pair| pair[0].text == pair[1].text)
}

/// Where the table ends that begins with the first row: where a line or other columns stand behind an empty row.
fn table_end(rows: &[Row]) -> usize {
    let columns =
        |row: &Row| -> BTreeSet<u32> { row.cells.iter().map(|cell| cell.column).collect() };
    let known = rows.first().map(columns).unwrap_or_default();
    let ends = rows.windows(2).position(|pair| {
        let is_apart = pair[1].number > pair[0].number + 1;
        is_apart && (is_line(&pair[1]) || !columns(&pair[1]).is_subset(&known))
    });
    ends.map_or(rows.len(), |at| at + 1)
}

/// Rows of heads that a table begins with, at least one.
fn heads(table: &[Row], reaches: &HashMap<u32, u32>) -> usize {
    let first = table.first().map_or(0, |row| row.number);
    let mut last = first;
    let mut count = 0;
    for row in table {
        let is_first = row.number == first;
        let has_numbers = row.cells.iter().any(|cell| cell.is_number);
        if row.number > last || row.number - first >= MAX_HEADS || (has_numbers && !is_first) {
            break;
        }
        count += 1;
        last = reaches
            .get(&row.number)
            .map_or(last, |reach| last.max(*reach));
    }
    count.max(1)
}

fn write_table(
    table: &[Row],
    heads: usize,
    text: &mut String,
    most: usize,
) -> Result<(), ExtractError> {
    let cells = table.iter().flat_map(|row| &row.cells);
    let columns: BTreeSet<u32> = cells.map(|cell| cell.column).collect();
    let (above, rows) = table.split_at(heads);
    let names: Vec<String> = columns
        .iter()
        .map(|column| {
            let mut parts: Vec<&str> = above.iter().map(|row| text_at(row, *column)).collect();
            parts.retain(|part| !part.is_empty());
            parts.dedup();
            parts.join(" ")
        })
        .collect();
    push_heads(text, &names);
    for row in rows {
        push_row(text, columns.iter().map(|column| text_at(row, *column)));
        check(text, most)?;
    }
    Ok(())
}

fn text_at(row: &Row, column: u32) -> &str {
    let place = row.cells.binary_search_by_key(&column, |cell| cell.column);
    let cell = place.ok().and_then(|at| row.cells.get(at));
    cell.map_or("", |cell| cell.text.as_str())
}
