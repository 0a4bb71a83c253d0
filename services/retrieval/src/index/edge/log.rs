//! The engine's log. Each change is written to it; 0.7 never reads it back, since what is acknowledged is flushed, and
//! never removes what is full of it either. The names and entries of the last parts are where it goes on counting changes.

use std::{
    fs::{self, OpenOptions},
    io,
    path::Path,
};

use nix::fcntl::{FallocateFlags, fallocate};

/// Size of a part. The engine's own 32 MiB is a lot for a laptop's folder.
pub(super) const PART: usize = 4 << 20;
/// The log's folder in that of the index.
const FOLDER: &str = "wal";
/// What the names of full parts begin with; the number of their first change follows.
const FULL: &str = "closed-";

/// Removes the full parts but the last. The engine has them mapped while it runs, so they give back their room first.
pub(super) fn trim(index: &Path) -> io::Result<()> {
    let mut full = Vec::new();
    for entry in fs::read_dir(index.join(FOLDER))? {
        let entry = entry?;
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix(FULL));
        if let Some(number) = number.and_then(|number| number.parse::<u64>().ok()) {
            full.push((number, entry.path()));
        }
    }
    // By number, so that the last is the one that the engine counts on from.
    full.sort();
    full.pop();
    full.iter().try_for_each(|(_, path)| remove(path))
}

fn remove(path: &Path) -> io::Result<()> {
    let file = OpenOptions::new().write(true).open(path)?;
    let length = i64::try_from(file.metadata()?.len()).unwrap_or(i64::MAX);
    let hole = FallocateFlags::FALLOC_FL_PUNCH_HOLE | FallocateFlags::FALLOC_FL_KEEP_SIZE;
    if let Err(error) = fallocate(&file, hole, 0, length) {
        // Not every file system can; the room is then given back at the next start.
        tracing::debug!(%error, "a part of the index's log keeps its room");
    }
    fs::remove_file(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_full_part_and_the_open_one_stay() {
        let index = tempfile::tempdir().expect("temporary folder");
        let folder = index.path().join(FOLDER);
        fs::create_dir(&folder).expect("made");
        for name in ["closed-0", "closed-9", "closed-10", "open-4", "first-index"] {
            fs::write(folder.join(name), b"entries").expect("written");
        }
        trim(index.path()).expect("trimmed");
        let names = fs::read_dir(&folder).expect("is there").flatten();
        let mut names: Vec<_> = names.map(|entry| entry.file_name()).collect();
        names.sort();
        assert_eq!(names, ["closed-10", "first-index", "open-4"]);
    }
}
