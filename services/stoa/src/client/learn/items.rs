//! The documents that the sources on the command line stand for.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    path::{Component, Path, PathBuf},
};

use ignore::WalkBuilder;

/// Longest origin that a server takes, in bytes.
const MAX_ORIGIN: usize = 1_024;

/// Something to teach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    /// A file and the name it is taught under.
    File {
        path: PathBuf,
        name: String,
        /// Where it is, if it was named by itself: another file of its name is another document. Those of a folder are
        /// known by the folder, wherever that is.
        origin: Option<String>,
    },
    Url(String),
    /// What cannot be read, and why.
    Unreadable {
        source: String,
        reason: String,
    },
}

impl Item {
    /// As it was named.
    pub(super) fn source(&self) -> String {
        match self {
            Self::File { path, .. } => path.display().to_string(),
            Self::Url(url) => url.clone(),
            Self::Unreadable { source, .. } => source.clone(),
        }
    }

    /// The name that a file is to have.
    pub(super) fn name(&self) -> Option<String> {
        match self {
            Self::File { name, .. } => Some(name.clone()),
            Self::Url(_) | Self::Unreadable { .. } => None,
        }
    }
}

/// All that the sources stand for; no two files have one name.
pub(super) fn of(sources: &[String]) -> Vec<Item> {
    let mut items: Vec<Item> = sources.iter().flat_map(|source| all(source)).collect();
    tell_apart(&mut items);
    items
}

/// What a source on the command line stands for: a file, an address, or all files of a folder.
fn all(source: &str) -> Vec<Item> {
    if source.starts_with("http://") || source.starts_with("https://") {
        return vec![Item::Url(source.to_owned())];
    }
    let path = Path::new(source);
    if !path.is_dir() {
        let name = path.file_name().map_or_else(
            || source.to_owned(),
            |name| name.to_string_lossy().into_owned(),
        );
        let origin = place(path).to_str().map(str::to_owned);
        return vec![Item::File {
            path: path.to_owned(),
            name,
            // Without it only the name tells the file apart, which is better than no file.
            origin: origin.filter(|origin| origin.len() <= MAX_ORIGIN),
        }];
    }
    // Files are named from the folder on, so that the same folder is the same documents wherever it is called from.
    let root = place(path);
    let parent = root.parent().unwrap_or(&root).to_owned();
    // Hidden files and what .gitignore leaves out are not documents.
    let mut walk = WalkBuilder::new(&root);
    // In one order on every machine, so that names that are told apart by number or folder come out alike.
    walk.sort_by_file_path(Path::cmp).require_git(false);
    let items = walk.build().filter_map(|entry| match entry {
        Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_file()) => {
            let name = entry
                .path()
                .strip_prefix(&parent)
                .unwrap_or(entry.path())
                .to_string_lossy()
                .into_owned();
            Some(Item::File {
                path: entry.into_path(),
                name,
                origin: None,
            })
        }
        Ok(_) => None,
        Err(error) => Some(Item::Unreadable {
            source: source.to_owned(),
            reason: error.to_string(),
        }),
    });
    let items: Vec<Item> = items.collect();
    if items.is_empty() {
        let reason = "there are no files in the folder".to_owned();
        return vec![Item::Unreadable {
            source: source.to_owned(),
            reason,
        }];
    }
    items
}

/// Where a file is, whatever the current folder and whatever links lead there.
fn place(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// Files of one name get as many of their folders as tell them apart.
fn tell_apart(items: &mut [Item]) {
    let places: Vec<PathBuf> = items
        .iter()
        .map(|item| match item {
            Item::File { path, .. } => place(path),
            Item::Url(_) | Item::Unreadable { .. } => PathBuf::new(),
        })
        .collect();
    loop {
        // Again after each round, as a longer name may be the one that another file has.
        let shared = shared_names(items, &places);
        let mut changed = false;
        for (item, place) in items.iter_mut().zip(&places) {
            if let Item::File { name, .. } = item
                && shared.contains(name)
                && let Some(longer) = longer(name, place)
            {
                *name = longer;
                changed = true;
            }
        }
        if !changed {
            return;
        }
    }
}

/// Names of files in several places.
fn shared_names(items: &[Item], places: &[PathBuf]) -> HashSet<String> {
    let mut of_name: HashMap<&str, BTreeSet<&Path>> = HashMap::new();
    for (item, place) in items.iter().zip(places) {
        if let Item::File { name, .. } = item {
            of_name.entry(name).or_default().insert(place);
        }
    }
    let shared = of_name.into_iter().filter(|(_, places)| places.len() > 1);
    shared.map(|(name, _)| name.to_owned()).collect()
}

/// A name with one more of the folders that its file is in; `None` when it has all of them.
fn longer(name: &str, place: &Path) -> Option<String> {
    let parts: Vec<_> = place
        .components()
        .filter_map(|part| match part {
            Component::Normal(part) => Some(part.to_string_lossy()),
            _ => None,
        })
        .collect();
    let count = name.split('/').count() + 1;
    let from = parts.len().checked_sub(count)?;
    Some(parts[from..].join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names of what is taught from a folder with these files.
    fn names(files: &[&str], sources: &[&str]) -> Vec<String> {
        let folder = tempfile::tempdir().expect("temporary folder");
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
            std::fs::write(path, "Lamps.").expect("it is written");
        }
        let sources: Vec<String> = sources
            .iter()
            .map(|source| folder.path().join(source).display().to_string())
            .collect();
        of(&sources).iter().filter_map(Item::name).collect()
    }

    #[test]
    fn a_file_has_its_own_name() {
        assert_eq!(names(&["a/lamps.md"], &["a/lamps.md"]), ["lamps.md"]);
        assert_eq!(names(&["a/lamps.md"], &["a"]), ["a/lamps.md"]);
    }

    #[test]
    fn files_of_one_name_are_told_apart_by_their_folders() {
        let files = ["a/README.md", "b/README.md", "c/b/README.md", "LICENSE"];
        assert_eq!(
            names(&files, &["a/README.md", "b/README.md", "LICENSE"]),
            ["a/README.md", "b/README.md", "LICENSE"]
        );
        let deeper = names(&files, &["b/README.md", "c/b/README.md"]);
        assert!(deeper[0].ends_with("/b/README.md"), "{deeper:?}");
        assert_eq!(deeper[1], "c/b/README.md");
        let folders = names(&files, &["b", "c/b"]);
        assert_ne!(folders[0], folders[1]);
    }

    #[test]
    fn one_file_twice_is_one_document() {
        let twice = names(&["a/lamps.md"], &["a/lamps.md", "a/../a/lamps.md"]);
        assert_eq!(twice, ["lamps.md", "lamps.md"]);
    }

    #[test]
    fn only_a_file_that_is_named_by_itself_has_an_origin() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("lamps.md");
        std::fs::write(&path, "Lamps.").expect("it is written");
        let origin = |source: &Path| match of(&[source.display().to_string()]).as_slice() {
            [Item::File { origin, .. }] => origin.clone(),
            other => panic!("{other:?}"),
        };
        let real = path.canonicalize().expect("it is there");
        assert_eq!(origin(&path), Some(real.display().to_string()));
        assert_eq!(origin(folder.path()), None);
    }
}
