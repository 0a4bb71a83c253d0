//! What the doctor is told of the indexes. Nothing is made or changed for it.

use std::path::Path;

use stoa_kit::{Config, address::shown};

use super::{IndexError, IndexName, edge, qdrant};

/// How the indexes are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Examined {
    /// What there is.
    pub summary: String,
    /// What is wrong with it, and what to do.
    pub faults: Vec<String>,
}

impl Examined {
    /// Looks at what is configured: a folder, or a Qdrant server.
    pub async fn of(config: &Config) -> Result<Self, IndexError> {
        match &config.qdrant.url {
            Some(url) => qdrant::examine(&config.qdrant, &shown(url.expose())).await,
            None => Ok(Self::of_folder(&config.data.dir.join("index"))),
        }
    }

    fn of_folder(folder: &Path) -> Self {
        let place = format!("in process, under {}", folder.display());
        // A folder that is not there yet has none.
        let names = edge::names(folder).unwrap_or_default();
        let current = edge::current(folder, &names);
        Self {
            summary: said(&place, current.as_ref(), &names),
            faults: Vec::new(),
        }
    }
}

/// A place, the index that answers, and the others.
pub(super) fn said(place: &str, current: Option<&IndexName>, names: &[IndexName]) -> String {
    let Some(current) = current else {
        return format!("{place}; it holds nothing yet");
    };
    let others: Vec<&str> = names
        .iter()
        .filter(|name| *name != current)
        .map(IndexName::as_str)
        .collect();
    if others.is_empty() {
        return format!("{place}; {current} answers");
    }
    format!(
        "{place}; {current} answers; there too: {} (`stoa reindex` shows what they are for)",
        others.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_looked_at_and_left_as_it_is() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let missing = folder.path().join("index");
        let seen = Examined::of_folder(&missing);
        assert!(seen.summary.contains("holds nothing yet"), "{seen:?}");
        assert!(!missing.exists());
        let (one, other) = (IndexName::of("one", 4), IndexName::of("other", 4));
        let names = [one.clone(), other.clone()];
        let all = said("here", Some(&one), &names);
        assert!(all.contains(&format!("{one} answers")), "{all}");
        assert!(all.contains(other.as_str()), "{all}");
    }
}
