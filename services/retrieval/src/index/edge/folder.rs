//! The indexes of a folder: one folder a model, and a file that names the one that answers.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, Weak},
    time::{Duration, Instant, SystemTime},
};

use futures::{FutureExt, future::BoxFuture};
use stoa_kit::Room;

use super::{EdgeIndex, Segments, engine};
use crate::index::{IndexError, IndexName, Indexes, VectorIndex};

/// The file that holds the name of the index that answers.
const CURRENT: &str = "current";
/// How long searches of an index that is to be removed may take to end.
const LAST_SEARCHES: Duration = Duration::from_secs(30);

/// The indexes under a folder. One process at a time has them open.
pub struct EdgeIndexes {
    folder: PathBuf,
    room: Room,
    /// What is open, to tell when it is not any more.
    open: Mutex<HashMap<IndexName, Weak<()>>>,
}

impl EdgeIndexes {
    /// Those of a folder, which grow while there is room.
    pub fn new(folder: impl Into<PathBuf>, room: Room) -> Self {
        Self {
            folder: folder.into(),
            room,
            open: Mutex::default(),
        }
    }

    fn failed(&self, error: impl ToString) -> IndexError {
        IndexError::Open {
            path: self.folder.display().to_string(),
            reason: error.to_string(),
        }
    }

    fn is_open(&self, name: &IndexName) -> bool {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.get(name).is_some_and(|open| open.strong_count() > 0)
    }
}

impl Indexes for EdgeIndexes {
    fn names(&self) -> BoxFuture<'_, Result<Vec<IndexName>, IndexError>> {
        let found = match names(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            found => found.map_err(|error| self.failed(error)),
        };
        async move { found }.boxed()
    }

    fn current(&self) -> BoxFuture<'_, Result<Option<IndexName>, IndexError>> {
        let names = names(&self.folder).unwrap_or_default();
        let found = current(&self.folder, &names);
        async { Ok(found) }.boxed()
    }

    fn open(&self, name: IndexName) -> BoxFuture<'_, Result<Arc<dyn VectorIndex>, IndexError>> {
        async move {
            let (folder, room, own) = (self.folder.clone(), self.room.clone(), name.clone());
            // The engine reads files and builds its fields: seconds, for a large index.
            let opening = tokio::task::spawn_blocking(move || {
                EdgeIndex::open_with(&folder, own, room, Segments::default())
            });
            let index = opening.await.map_err(|error| engine("open", error))??;
            let still_open = Arc::downgrade(&index.reader.open);
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.insert(name, still_open);
            Ok(Arc::new(index) as Arc<dyn VectorIndex>)
        }
        .boxed()
    }

    fn choose(&self, name: IndexName) -> BoxFuture<'_, Result<(), IndexError>> {
        let chosen = choose(&self.folder, &name).map_err(|error| self.failed(error));
        async move { chosen }.boxed()
    }

    fn remove(&self, name: IndexName) -> BoxFuture<'_, Result<(), IndexError>> {
        async move {
            let began = Instant::now();
            // The engine writes its files when it is closed, and would break where they are gone.
            while self.is_open(&name) {
                if began.elapsed() > LAST_SEARCHES {
                    return Err(self.failed(format!("{name} is still in use: try again")));
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            let path = self.folder.join(name.as_str());
            tokio::task::spawn_blocking(move || fs::remove_dir_all(path))
                .await
                .map_err(|error| engine("remove", error))?
                .map_err(|error| self.failed(error))
        }
        .boxed()
    }
}

/// Names of the indexes in a folder.
pub(in crate::index) fn names(folder: &Path) -> io::Result<Vec<IndexName>> {
    let entries = fs::read_dir(folder)?;
    let mut names: Vec<IndexName> = entries
        .filter_map(|entry| IndexName::parse(entry.ok()?.file_name().to_str()?))
        .collect();
    names.sort();
    Ok(names)
}

/// The one of them that answers: the one that the file names. Versions before that file left a folder for each model that
/// they ever had, and the one that was used last answered.
pub(in crate::index) fn current(folder: &Path, names: &[IndexName]) -> Option<IndexName> {
    if let Ok(text) = fs::read_to_string(folder.join(CURRENT)) {
        return IndexName::parse(text.trim());
    }
    let used = |name: &&IndexName| {
        let path = folder.join(name.as_str());
        // Loading an index writes this file.
        let file = fs::metadata(path.join("edge_config.json"));
        let at = file.and_then(|file| file.modified());
        // One that was never loaded is the oldest.
        at.unwrap_or(SystemTime::UNIX_EPOCH)
    };
    names.iter().max_by_key(used).cloned()
}

/// Writes the name beside the file and moves it there, so that a kill leaves the one name or the other.
fn choose(folder: &Path, name: &IndexName) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let written = folder.join(format!("{CURRENT}.new"));
    let mut file = File::create(&written)?;
    writeln!(file, "{name}")?;
    file.sync_all()?;
    fs::rename(&written, folder.join(CURRENT))?;
    // The rename itself is in the folder, which has to reach the disk too.
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indexes(folder: &Path) -> EdgeIndexes {
        EdgeIndexes::new(folder, Room::new(folder, 0))
    }

    #[tokio::test]
    async fn the_one_that_was_chosen_answers_and_another_can_be_removed() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let (first, second) = (IndexName::of("first", 4), IndexName::of("second", 4));
        let indexes = indexes(folder.path());
        assert_eq!(indexes.current().await.expect("read"), None);
        let open = indexes.open(first.clone()).await.expect("opens");
        indexes.choose(first.clone()).await.expect("chosen");
        drop(indexes.open(second.clone()).await.expect("opens"));
        assert_eq!(
            indexes.current().await.expect("read"),
            Some(first.clone()),
            "another one beside it changes nothing"
        );
        indexes.choose(second.clone()).await.expect("chosen");
        assert_eq!(indexes.current().await.expect("read"), Some(second.clone()));
        let removing = indexes.remove(first.clone());
        drop(open);
        removing.await.expect("removed");
        assert_eq!(indexes.names().await.expect("read"), [second]);
    }

    #[tokio::test]
    async fn a_folder_of_before_has_one_that_answers() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let indexes = indexes(folder.path());
        let only = IndexName::of("only", 4);
        drop(indexes.open(only.clone()).await.expect("opens"));
        assert_eq!(indexes.current().await.expect("read"), Some(only));
    }
}
