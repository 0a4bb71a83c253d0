use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::Path,
};

use uuid::Uuid;

/// Who holds a lease: this process, under an id that no other has.
#[derive(Debug)]
pub struct Owner {
    pub(crate) id: String,
    /// The id of the process before this one, which has ended: what it held need not expire first.
    pub(crate) before: Option<String>,
    /// Held until this process ends, however it ends.
    _lock: Option<File>,
}

impl Owner {
    /// A new owner, which leaves its id in the folder to the process that comes after it. Where the folder cannot be used, or
    /// another process is using it, a lease that a kill left behind has to expire.
    pub fn new(folder: &Path, name: &str) -> Self {
        let id = Uuid::new_v4().simple().to_string();
        match follow(folder, name, &id) {
            Ok((lock, before)) => Self {
                id,
                before,
                _lock: Some(lock),
            },
            Err(error) => {
                tracing::debug!(name, "the owner of a lease leaves no trace: {error}");
                Self {
                    id,
                    before: None,
                    _lock: None,
                }
            }
        }
    }
}

/// Locks the file of a name, and replaces the id in it.
fn follow(folder: &Path, name: &str, id: &str) -> io::Result<(File, Option<String>)> {
    fs::create_dir_all(folder)?;
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(folder.join(format!("{name}.owner")))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::ResourceBusy.into()),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let mut before = String::new();
    file.read_to_string(&mut before)?;
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(id.as_bytes())?;
    Ok((file, Some(before).filter(|before| !before.is_empty())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_knows_the_one_before_it_and_no_other() {
        let folder = std::env::temp_dir().join(format!("stoa-owner-{}", Uuid::new_v4()));
        let first = Owner::new(&folder, "telegram");
        assert_eq!(first.before, None);
        // Another one beside it, on the same host and the same folder.
        let beside = Owner::new(&folder, "telegram");
        assert_eq!(beside.before, None);
        assert_ne!(beside.id, first.id);
        let id = first.id.clone();
        drop(first);
        let next = Owner::new(&folder, "telegram");
        assert_eq!(next.before, Some(id.clone()));
        assert_ne!(next.id, id);
        drop(next);
        fs::remove_dir_all(&folder).expect("it is there");
    }

    #[test]
    fn without_a_folder_it_is_an_owner_all_the_same() {
        let owner = Owner::new(Path::new("/dev/null/nowhere"), "telegram");
        assert!(owner.before.is_none() && !owner.id.is_empty());
    }
}
