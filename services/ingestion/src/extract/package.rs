//! The parts of an office document, which is an archive of them.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::{ExtractError, encoding::decode, xml::damaged};

pub(super) type Package<'a> = ZipArchive<Cursor<&'a [u8]>>;

pub(super) fn open(bytes: &[u8]) -> Result<Package<'_>, ExtractError> {
    ZipArchive::new(Cursor::new(bytes)).map_err(damaged)
}

/// A part's text; `None` where there is no such part, or none that is text. How much all parts unpack to was checked
/// before.
pub(super) fn part(package: &mut Package<'_>, name: &str) -> Option<String> {
    let mut bytes = Vec::new();
    package.by_name(name).ok()?.read_to_end(&mut bytes).ok()?;
    // The format allows UTF-16 too, and some writers use it.
    Some(decode(&bytes, u64::MAX).ok()?.into_owned())
}

/// A document of these parts.
#[cfg(test)]
pub(super) fn of(parts: &[(&str, &str)]) -> Vec<u8> {
    use std::io::Write;

    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(*name, zip::write::SimpleFileOptions::default())
            .expect("in memory");
        zip.write_all(text.as_bytes()).expect("in memory");
    }
    zip.finish().expect("in memory").into_inner()
}
