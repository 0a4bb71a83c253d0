//! Names of indexes.

use std::fmt;

use uuid::Uuid;

/// What the name of an index begins with.
const INDEX: &str = "passages-";

/// Name of the folder or collection for a model. Vectors of another model are another index, also at the same length.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IndexName {
    name: String,
    dimensions: usize,
}

impl IndexName {
    /// That of a model with vectors of this length.
    pub fn of(model: &str, dimensions: usize) -> Self {
        let plain: String = model
            .chars()
            .map(|c| if is_plain(c) { c } else { '-' })
            .collect();
        let name = if plain == model {
            format!("{INDEX}{plain}-{dimensions}")
        } else {
            // Two names may become one without their other characters.
            let hash = Uuid::new_v5(&Uuid::NAMESPACE_OID, model.as_bytes()).simple();
            format!("{INDEX}{plain}-{hash}-{dimensions}")
        };
        Self { name, dimensions }
    }

    /// Reads the name of a folder or collection; `None` for what is none of an index.
    pub fn parse(name: &str) -> Option<Self> {
        // From the end: names of models have hyphens of their own.
        let (model, dimensions) = name.strip_prefix(INDEX)?.rsplit_once('-')?;
        let dimensions = dimensions.parse().ok().filter(|length| *length > 0)?;
        model.chars().all(is_plain).then(|| Self {
            name: name.to_owned(),
            dimensions,
        })
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// Length of its vectors.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }
}

impl fmt::Display for IndexName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_models_share_an_index() {
        let names = [
            ("org/model", 384),
            ("org-model", 384),
            ("org:model", 384),
            ("org-model", 768),
            ("org-model-1a2b3c4d", 384),
        ]
        .map(|(model, dimensions)| IndexName::of(model, dimensions));
        for (n, name) in names.iter().enumerate() {
            assert!(!names[..n].contains(name), "{name}");
            assert_eq!(IndexName::parse(name.as_str()).as_ref(), Some(name));
        }
        let name = IndexName::of("org-model", 384);
        assert_eq!(name.as_str(), "passages-org-model-384");
    }

    #[test]
    fn what_is_no_index_has_no_name_of_one() {
        for other in [
            "passages",
            "passages-",
            "passages-384",
            "passages-model",
            "passages-model-0",
            "passages-../../etc-384",
            "documents-model-384",
        ] {
            assert_eq!(IndexName::parse(other), None, "{other}");
        }
    }
}
