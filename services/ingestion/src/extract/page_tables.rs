//! Tables of printed pages, in whose lines the library finds rows and columns.

use super::{
    layout::{Furniture, paragraphs},
    table::{push_heads, push_row},
};

/// Rows that a table has at least, its heads included.
const MIN_ROWS: usize = 3;
/// Most characters of a cell. Columns of prose are no table.
const MAX_CELL: usize = 60;

/// Cells of a table, row by row.
pub(super) type Cells = Vec<Vec<String>>;

/// Writes pages one after the other. A table that goes on, on the next page, has the heads of the page before.
#[derive(Default)]
pub(super) struct Pages {
    heads: Vec<String>,
}

impl Pages {
    /// A page as paragraphs, and as tables where its lines are their rows.
    pub(super) fn write<'a>(
        &mut self,
        page: &str,
        tables: impl Iterator<Item = &'a Cells>,
        furniture: &Furniture,
    ) -> String {
        let lines: Vec<&str> = page
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        let keys: Vec<String> = lines.iter().map(|line| key(line)).collect();
        let mut found: Vec<(usize, &Cells)> = tables
            .filter(|cells| is_table(cells))
            .filter_map(|cells| Some((place(&keys, cells)?, cells)))
            .collect();
        found.sort_by_key(|(at, _)| *at);
        let mut parts = Vec::new();
        let mut begin = 0;
        for (at, cells) in found {
            // The library finds one table twice where its lines can be cut in two ways; the first takes the lines.
            let Some(table) = self.table(cells).filter(|_| at >= begin) else {
                continue;
            };
            parts.push(paragraphs(&lines[begin..at].join("\n"), furniture));
            parts.push(table);
            begin = at + cells.len();
        }
        if parts.is_empty() {
            return paragraphs(page, furniture);
        }
        parts.push(paragraphs(&lines[begin..].join("\n"), furniture));
        parts.retain(|part| !part.trim().is_empty());
        parts.join("\n\n")
    }

    /// A table in Markdown; `None` where nothing says what its columns are.
    fn table(&mut self, cells: &Cells) -> Option<String> {
        let (first, rest) = cells.split_first()?;
        // A first row with numbers has no heads: the table goes on from the page before, if it has as many columns.
        let rows = if first.iter().any(|cell| is_number(cell)) {
            (self.heads.len() == first.len()).then_some(cells.as_slice())?
        } else {
            self.heads.clone_from(first);
            rest
        };
        let mut text = String::new();
        push_heads(&mut text, &self.heads);
        for row in rows {
            push_row(&mut text, row.iter().map(String::as_str));
        }
        Some(text.trim_end().to_owned())
    }
}

/// Whether cells look like a table, and not like prose that stands in columns.
fn is_table(cells: &Cells) -> bool {
    let columns = cells.first().map_or(0, Vec::len);
    cells.len() >= MIN_ROWS
        && columns > 1
        && cells.iter().all(|row| {
            row.len() == columns && row.iter().all(|cell| cell.chars().count() <= MAX_CELL)
        })
        && cells
            .first()
            .is_some_and(|heads| heads.iter().all(|head| !head.trim().is_empty()))
        && cells
            .iter()
            .flatten()
            // Words in columns are the layout of a page more often than a table.
            .any(|cell| cell.contains(char::is_numeric))
}

/// The line that a table's rows begin with, when they stand in the lines one after the other.
fn place(keys: &[String], cells: &Cells) -> Option<usize> {
    let rows: Vec<String> = cells.iter().map(|row| key(&row.concat())).collect();
    keys.windows(rows.len())
        // Only where all rows are found in the text is it replaced: a table that the library made up would stand beside
        // its own words.
        .position(|lines| *lines == rows[..])
}

/// A line without its spaces, which columns are parted by.
fn key(line: &str) -> String {
    line.chars().filter(|c| !c.is_whitespace()).collect()
}

fn is_number(cell: &str) -> bool {
    cell.contains(char::is_numeric) && !cell.contains(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(rows: &[&[&str]]) -> Cells {
        let row = |row: &&[&str]| row.iter().map(|cell| (*cell).to_owned()).collect();
        rows.iter().map(row).collect()
    }

    fn write(pages: &mut Pages, page: &str, table: &Cells) -> String {
        let furniture = Furniture::of(std::iter::empty());
        pages.write(page, std::iter::once(table), &furniture)
    }

    #[test]
    fn lines_that_are_rows_become_a_table_that_goes_on() {
        let mut pages = Pages::default();
        let first = cells(&[&["Pump", "Hours"], &["HX-1", "900"], &["HX-2", "935"]]);
        let page = "All pumps run on three-phase current.\n\nPump Hours\n\nHX-1 900\n\nHX-2 935\n\nSee below.";
        assert_eq!(
            write(&mut pages, page, &first),
            "All pumps run on three-phase current.\n\n| Pump | Hours |\n|---|---|\n| HX-1 | 900 |\n| HX-2 | 935 |\n\nSee below."
        );
        let next = cells(&[&["HX-3", "970"], &["HX-4", "1005"], &["HX-5", "1040"]]);
        assert_eq!(
            write(&mut pages, "HX-3 970\nHX-4 1005\nHX-5 1040", &next),
            "| Pump | Hours |\n|---|---|\n| HX-3 | 970 |\n| HX-4 | 1005 |\n| HX-5 | 1040 |"
        );
    }

    #[test]
    fn what_does_not_stand_in_lines_stays_as_it_is() {
        let mut pages = Pages::default();
        let table = cells(&[&["Pump", "Hours"], &["HX-1", "900"], &["HX-2", "935"]]);
        let page = "The pump HX-1 runs 900 hours.";
        assert_eq!(write(&mut pages, page, &table), page);
        let headless = cells(&[&["HX-1", "900"], &["HX-2", "935"], &["HX-3", "970"]]);
        let text = write(&mut pages, "HX-1 900\nHX-2 935\nHX-3 970", &headless);
        assert!(!text.contains('|'), "{text}");
    }
}
