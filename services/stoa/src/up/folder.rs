//! The data folder: one owner at a time, and where its address and token are kept.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, ErrorKind, Read, Seek, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use rand::{Rng, distr::Alphanumeric};
use secrecy::SecretString;

use crate::running;

/// Characters of a token: 190 bits.
const TOKEN_LENGTH: usize = 32;

/// A data folder that this process owns. Another process can have it when this one has ended, however it ended.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Takes the folder, or says who has it.
    pub(crate) fn claim(path: &Path) -> Result<Self> {
        fs::create_dir_all(path).map_err(|error| unusable(path, error))?;
        // Its real path, as PostgreSQL and the lock must mean the same folder through any link.
        let path = path
            .canonicalize()
            .with_context(|| format!("cannot open {}", path.display()))?;
        // Others may pass through to what they own inside, as PostgreSQL's user does; they cannot list it.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o711))
            .map_err(|error| unusable(&path, error))?;
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path.join("lock"))
            .context("cannot open the data folder's lock")?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                lock.read_to_string(&mut pid)
                    .context("cannot read the data folder's lock")?;
                bail!(
                    "another `stoa up` (pid {}) has the data folder {}: stop it first, or choose another --data-dir",
                    pid.trim(),
                    path.display()
                );
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).context("cannot lock the data folder");
            }
        }
        // Only its owner writes to it, so it is emptied when it is locked and not when it is opened.
        lock.set_len(0)?;
        lock.rewind()?;
        write!(lock, "{}", std::process::id())?;
        let folder = Self { path, _lock: lock };
        // An address that a kill left behind leads nowhere.
        folder.withdraw();
        fs::create_dir_all(folder.join("logs"))?;
        Ok(folder)
    }

    /// A path inside.
    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The folder's token, made at its first start.
    pub(crate) fn token(&self) -> Result<SecretString> {
        let path = self.join(running::TOKEN);
        if let Ok(token) = fs::read_to_string(&path)
            // A file of another length was cut by a full disk, or is somebody's own.
            && token.trim().len() == TOKEN_LENGTH
        {
            return Ok(token.trim().to_owned().into());
        }
        let token: String = rand::rng()
            .sample_iter(Alphanumeric)
            .take(TOKEN_LENGTH)
            .map(char::from)
            .collect();
        write_private(&path, &token)?;
        Ok(token.into())
    }

    /// Lets clients find this process.
    pub(crate) fn announce(&self, address: &str) -> Result<()> {
        write_private(&self.join(running::ADDRESS), address)
    }

    /// Lets whoever watches over this process find its health and metrics.
    pub(crate) fn announce_admin(&self, address: &str) -> Result<()> {
        write_private(&self.join(running::ADMIN), address)
    }

    /// Stops letting them.
    pub(crate) fn withdraw(&self) {
        for name in [running::ADDRESS, running::ADMIN] {
            // It may not have been announced.
            let _ = fs::remove_file(self.join(name));
        }
    }
}

/// Why a folder cannot be the data folder, and what to do.
fn unusable(path: &Path, error: io::Error) -> anyhow::Error {
    let path = path.display();
    let said = match error.kind() {
        ErrorKind::ReadOnlyFilesystem => format!(
            "nothing can be written to {path}: its file system is mounted for reading only; choose another --data-dir, \
             or mount a volume there"
        ),
        ErrorKind::PermissionDenied => {
            format!("{path} belongs to somebody else: choose another --data-dir")
        }
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
            format!("{path} is no folder: choose another --data-dir")
        }
        ErrorKind::StorageFull => {
            format!("there is no room for {path}: make some, or choose another --data-dir")
        }
        _ => format!("{path} cannot be the data folder"),
    };
    anyhow::Error::new(error).context(said)
}

/// Writes a file that only its owner reads, whole or not at all.
pub(super) fn write_private(path: &Path, text: &str) -> Result<()> {
    let part = path.with_extension("part");
    // A part that a kill left may belong to another user's rights.
    let _ = fs::remove_file(&part);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&part)?;
    file.write_all(text.as_bytes())?;
    // Before the rename, or a power cut may leave the name with nothing in it.
    file.sync_all()?;
    fs::rename(&part, path).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_cannot_be_used_says_why() {
        for (kind, says) in [
            (ErrorKind::ReadOnlyFilesystem, "for reading only"),
            (ErrorKind::PermissionDenied, "belongs to somebody else"),
            (ErrorKind::StorageFull, "no room"),
            (ErrorKind::Other, "cannot be the data folder"),
        ] {
            let said = unusable(Path::new("/data"), kind.into()).to_string();
            assert!(said.contains(says) && said.contains("/data"), "{said}");
        }
    }

    #[test]
    fn a_file_is_no_data_folder() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        for path in [file.path().to_owned(), file.path().join("data")] {
            let said = Folder::claim(&path).expect_err("it is a file").to_string();
            assert!(said.contains("is no folder"), "{said}");
        }
    }
}
