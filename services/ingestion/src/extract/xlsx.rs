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
    package::{Package, open, part},
    xml::{Element, damaged, parse},
};

/// Cells of a workbook, with those that merged ones are copied to.
pub(super) const MAX_CELLS: usize = 5_000_000;

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
    /// Bytes of text that may still be in them.
    bytes: u64,
    limits: Limits,
}

impl Book {
    /// Counts a cell as it comes: one text may be that of millions of them.
    fn take(&mut self, text: &str) -> Result<(), ExtractError> {
        self.cells = self
            .cells
            .checked_sub(1)
            .ok_or_else(|| damaged(format!("it has more than {MAX_CELLS} cells: split it")))?;
        self.bytes =
            self.bytes
                .checked_sub(text.len() as u64)
                .ok_or(ExtractError::TooMuchText {
                    limit: self.limits.text_bytes,
                })?;
        Ok(())
    }
}

/// Reads a workbook.
pub(super) fn extract(
    bytes: &[u8],
    media_type: &str,
    limits: Limits,
) -> Result<Extracted, ExtractError> {
    let mut package = open(bytes)?;
    let path = workbook_path(&mut package);
    if path.ends_with(".bin") {
        return Err(ExtractError::Unsupported {
            found: "a binary workbook (XLSB)".to_owned(),
        });
    }
    let workbook = part(&mut package, &path).ok_or_else(|| damaged("it has no workbook"))?;
    let workbook = parse(&workbook)?;
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
    let mut beside = |name: &str| part(&mut package, &path_from(folder, name));
    let relations = beside(&format!("_rels/{name}.rels")).unwrap_or_default();
    let targets = targets(&relations, folder)?;
    let strings = beside("sharedStrings.xml");
    let styles = beside("styles.xml");
    let mut book = Book {
        strings: strings.map_or(Ok(Vec::new()), |xml| sheet::strings(&xml))?,
        formats: styles.map_or(Ok(Vec::new()), |xml| styles::formats(&xml))?,
        since_1904: counts_since_1904(&workbook),
        cells: MAX_CELLS,
        bytes: limits.text_bytes,
        limits,
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
    Ok(Extracted {
        media_type: media_type.to_owned(),
        title,
        markdown: true,
        pages: vec![Page { number: 0, text }],
        ..Extracted::default()
    })
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

/// The path of the part that the package says is the workbook: some programs have other names for it than Excel.
fn workbook_path(package: &mut Package<'_>) -> String {
    let relations = part(package, "_rels/.rels").unwrap_or_default();
    let target = parse(&relations).ok().and_then(|relations| {
        let mut all = relations.elements();
        let own = all.find(|relation| {
            let kind = relation.attribute("Type");
            kind.is_some_and(|kind| kind.ends_with("/officeDocument"))
        });
        Some(path_from("", &own?.attribute("Target")?))
    });
    target.unwrap_or_else(|| "xl/workbook.xml".to_owned())
}

/// The path of a part that is named by a part of this folder: from the archive's root where it begins with a slash.
fn path_from(folder: &str, target: &str) -> String {
    match target.strip_prefix('/') {
        Some(path) => path.to_owned(),
        None if folder.is_empty() => target.to_owned(),
        None => format!("{folder}/{target}"),
    }
}

/// Paths of the parts that a workbook's relations name.
fn targets(relations: &str, folder: &str) -> Result<HashMap<String, String>, ExtractError> {
    let mut targets = HashMap::new();
    if relations.is_empty() {
        return Ok(targets);
    }
    for relation in parse(relations)?.elements() {
        if let Some((id, target)) = relation.attribute("Id").zip(relation.attribute("Target")) {
            targets.insert(id.into_owned(), path_from(folder, &target));
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
