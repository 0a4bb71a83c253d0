//! Workbooks as their sheets show them: numbers in the format of their cell, merged cells in each of their rows and
//! columns, and tables with their heads.

mod date;
mod decimal;
mod format;
mod fraction;
mod layout;
mod section;
mod sheet;
mod styles;

use std::{borrow::Cow, collections::HashMap};

use super::{
    ExtractError, Extracted, Limits, Page,
    package::{open, part},
    xml::{Element, damaged, parse},
};

/// Cells of a workbook, with those that merged ones are copied to.
const MAX_CELLS: usize = 5_000_000;

/// What the sheets of a workbook share.
struct Book {
    /// Texts that cells name by their place.
    strings: Vec<String>,
    /// Number formats that cells name by their place.
    formats: Vec<Cow<'static, str>>,
    /// Days are counted from 1904, and not from 1900.
    since_1904: bool,
    /// Cells that may still be read.
    cells: usize,
}

impl Book {
    fn take_cell(&mut self) -> Result<(), ExtractError> {
        self.cells = self
            .cells
            .checked_sub(1)
            .ok_or_else(|| damaged(format!("it has more than {MAX_CELLS} cells: split it")))?;
        Ok(())
    }
}

/// Reads a workbook; `None` where it is in another form than XML, which the library may know.
pub(super) fn extract(
    bytes: &[u8],
    media_type: &str,
    limits: Limits,
) -> Result<Option<Extracted>, ExtractError> {
    let mut package = open(bytes)?;
    let Some(workbook) = part(&mut package, "xl/workbook.xml") else {
        return Ok(None);
    };
    let workbook = parse(&workbook)?;
    let relations = part(&mut package, "xl/_rels/workbook.xml.rels").unwrap_or_default();
    let targets = targets(&relations)?;
    let strings = part(&mut package, "xl/sharedStrings.xml");
    let styles = part(&mut package, "xl/styles.xml");
    let mut book = Book {
        strings: strings.map_or(Ok(Vec::new()), |xml| sheet::strings(&xml))?,
        formats: styles.map_or(Ok(Vec::new()), |xml| styles::formats(&xml))?,
        since_1904: counts_since_1904(&workbook),
        cells: MAX_CELLS,
    };
    let most = usize::try_from(limits.text_bytes).unwrap_or(usize::MAX);
    let mut text = String::new();
    for (name, relation) in sheets(&workbook) {
        let Some(xml) = targets
            .get(&relation)
            .and_then(|path| part(&mut package, path))
        else {
            continue;
        };
        // One sheet at a time: all together they may unpack to as much as the limit on memory.
        let sheet = sheet::read(&xml, &mut book)?;
        drop(xml);
        layout::write(&name, sheet, &mut book, &mut text, most)?;
    }
    let title = part(&mut package, "docProps/core.xml").and_then(|xml| title(&xml));
    Ok(Some(Extracted {
        media_type: media_type.to_owned(),
        title,
        markdown: true,
        pages: vec![Page { number: 0, text }],
    }))
}

fn counts_since_1904(workbook: &Element<'_>) -> bool {
    workbook
        .elements()
        .filter(|element| element.local_name() == "workbookPr")
        .any(|properties| {
            matches!(
                properties.attribute("date1904").as_deref(),
                Some("1" | "true")
            )
        })
}

/// Names of the sheets and of their relations, in their order.
fn sheets(workbook: &Element<'_>) -> Vec<(String, String)> {
    let sheets = workbook
        .elements()
        .filter(|element| element.local_name() == "sheets")
        .flat_map(|sheets| sheets.elements());
    let named = sheets.filter_map(|sheet| {
        let relation = sheet
            .attribute("r:id")
            .or_else(|| sheet.attribute("relationships:id"))?;
        Some((sheet.attribute("name")?.into_owned(), relation.into_owned()))
    });
    named.collect()
}

/// Paths of the parts that a workbook's relations name.
fn targets(relations: &str) -> Result<HashMap<String, String>, ExtractError> {
    let mut targets = HashMap::new();
    if relations.is_empty() {
        return Ok(targets);
    }
    for relation in parse(relations)?.elements() {
        if let Some((id, target)) = relation.attribute("Id").zip(relation.attribute("Target")) {
            // Paths are of the archive where they begin with a slash, and of the workbook's own folder otherwise.
            let path = match target.strip_prefix('/') {
                Some(path) => path.to_owned(),
                None => format!("xl/{target}"),
            };
            targets.insert(id.into_owned(), path);
        }
    }
    Ok(targets)
}

fn title(properties: &str) -> Option<String> {
    let properties = parse(properties).ok()?;
    let title = properties.child("dc:title")?.text();
    (!title.trim().is_empty()).then_some(title)
}

#[cfg(test)]
mod tests;
