//! A Word document as Word shows it: with its changes accepted and its numbers written out.
//!
//! The library takes what was moved for text in both of its places, and counts lists by itself, level by level and
//! from 1. So the document is rewritten before the library reads it.

mod changes;
mod label;
mod lists;
mod numbering;

use std::io::{Cursor, Write};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::{
    ExtractError,
    package::{Package, open, part},
    xml::{damaged, parse},
};
use lists::Lists;

const STYLES: &str = "word/styles.xml";
const NUMBERING: &str = "word/numbering.xml";

/// The document with all changes accepted and its numbers as text. A part that is no XML stays as it is.
pub(super) fn as_shown(bytes: &[u8]) -> Result<Vec<u8>, ExtractError> {
    let mut package = open(bytes)?;
    let styles = part(&mut package, STYLES);
    let definitions = part(&mut package, NUMBERING);
    // Before any part is rewritten: numbering is taken out of the styles below.
    let lists = Lists::read(styles.as_deref(), definitions.as_deref());
    let mut shown = ZipWriter::new(Cursor::new(Vec::with_capacity(bytes.len())));
    for index in 0..package.len() {
        let name = package
            .by_index_raw(index)
            .map_err(damaged)?
            .name()
            .to_owned();
        match rewritten(&mut package, &name, &lists) {
            Some(xml) => {
                let options =
                    // The library unpacks it again at once.
                    SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
                shown.start_file(name, options).map_err(damaged)?;
                shown.write_all(&xml).map_err(damaged)?;
            }
            None => {
                // Copied as it is packed, without unpacking pictures and fonts.
                let file = package.by_index_raw(index).map_err(damaged)?;
                shown.raw_copy_file(file).map_err(damaged)?;
            }
        }
    }
    Ok(shown.finish().map_err(damaged)?.into_inner())
}

/// A part that is shown in another way than it is written; `None` for all others.
fn rewritten(package: &mut Package<'_>, name: &str, lists: &Lists) -> Option<Vec<u8>> {
    if name != STYLES && !has_paragraphs(name) {
        return None;
    }
    let xml = part(package, name)?;
    let mut root = parse(&xml).ok()?;
    if name == STYLES {
        numbering::remove_from_styles(&mut root);
    } else {
        changes::accept(&mut root);
        numbering::write(lists, &mut root);
    }
    root.to_xml().ok()
}

fn has_paragraphs(name: &str) -> bool {
    let Some(part) = name
        .strip_prefix("word/")
        .and_then(|name| name.strip_suffix(".xml"))
    else {
        return false;
    };
    matches!(part, "document" | "footnotes" | "endnotes")
        || part.starts_with("header")
        || part.starts_with("footer")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::package;

    const W: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";

    #[test]
    fn what_has_no_paragraphs_is_copied_and_the_rest_is_rewritten() {
        let document = format!(
            r#"<w:document xmlns:w="{W}"><w:body><w:p><w:del><w:r><w:delText>old</w:delText></w:r></w:del><w:ins><w:r><w:t>new</w:t></w:r></w:ins></w:p></w:body></w:document>"#
        );
        let bytes = package::of(&[
            ("[Content_Types].xml", "<Types/>"),
            ("word/document.xml", &document),
            ("word/header1.xml", "this is no XML"),
        ]);
        let shown = as_shown(&bytes).expect("a document");
        let mut shown = open(&shown).expect("an archive");
        let text = part(&mut shown, "word/document.xml").expect("there");
        assert!(text.contains("new") && !text.contains("old"), "{text}");
        assert_eq!(
            part(&mut shown, "word/header1.xml").as_deref(),
            Some("this is no XML")
        );
        assert_eq!(
            part(&mut shown, "[Content_Types].xml").as_deref(),
            Some("<Types/>")
        );
    }
}
