//! Archives that hold a document. Runs in the child process.

use std::io::{Cursor, Read};

use super::{ExtractError, Limits};

/// Files in an archive format.
pub(super) const MAX_FILES: usize = 10_000;

/// Unpacks everything and counts, because the sizes that an archive states may lie.
pub(super) fn check(bytes: &[u8], limits: Limits) -> Result<(), ExtractError> {
    let damaged = |reason: String| ExtractError::Damaged { reason, page: 0 };
    let mut archive =
        zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(error.to_string()))?;
    if archive.len() > MAX_FILES {
        return Err(damaged(format!("{} files in one document", archive.len())));
    }
    let mut left = limits.text_bytes;
    for index in 0..archive.len() {
        let file = match archive.by_index(index) {
            Err(zip::result::ZipError::UnsupportedArchive(
                zip::result::ZipError::PASSWORD_REQUIRED,
            )) => {
                return Err(ExtractError::Encrypted);
            }
            file => file.map_err(|error| damaged(error.to_string()))?,
        };
        let name = file.name().to_owned();
        // One byte more than is left tells "too much" from "just enough", without unpacking the rest of a bomb.
        let unpacked = std::io::copy(&mut file.take(left + 1), &mut std::io::sink())
            .map_err(|error| damaged(format!("{name}: {error}")))?;
        left = left
            .checked_sub(unpacked)
            .ok_or(ExtractError::TooMuchText {
                limit: limits.text_bytes,
            })?;
    }
    Ok(())
}
