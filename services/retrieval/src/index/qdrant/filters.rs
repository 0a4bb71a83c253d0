//! Which passages an operation is about, as the server is told.

use qdrant_client::qdrant::{Condition, Filter, Range};
use uuid::Uuid;

use crate::index::{CountKey, DENSE, Scope, VersionKey, Which};

/// What a reader may see.
pub(super) fn scope(scope: &Scope) -> Filter {
    let mut must = vec![
        Condition::matches("space", scope.space.as_str().to_owned()),
        Condition::matches("published", true),
        Condition::matches("access", scope.tags()),
    ];
    if !scope.collections.is_empty() {
        must.push(Condition::matches("collection", scope.collections.clone()));
    }
    Filter::must(must)
}

/// What is counted, or removed.
pub(super) fn count(key: &CountKey) -> Filter {
    let mut must = vec![Condition::matches("space", key.space.as_str().to_owned())];
    must.extend(
        key.document_id
            .map(|id| Condition::matches("document_id", id.to_string())),
    );
    must.extend(
        key.version
            .map(|version| Condition::matches("version", i64::from(version))),
    );
    must.extend(
        key.published
            .map(|published| Condition::matches("published", published)),
    );
    Filter::must(must)
}

/// Versions of the document that are shown and newer.
pub(super) fn newer(key: &VersionKey) -> Filter {
    Filter::must([
        Condition::matches("space", key.space.as_str().to_owned()),
        Condition::matches("document_id", key.document_id.to_string()),
        Condition::matches("published", true),
        Condition::range(
            "version",
            Range {
                gt: Some(f64::from(key.version)),
                ..Range::default()
            },
        ),
    ])
}

/// Older versions of the document.
pub(super) fn older(key: &VersionKey) -> Filter {
    Filter::must([
        Condition::matches("space", key.space.as_str().to_owned()),
        Condition::matches("document_id", key.document_id.to_string()),
        Condition::range(
            "version",
            Range {
                lt: Some(f64::from(key.version)),
                ..Range::default()
            },
        ),
    ])
}

/// What is shown of all spaces, or what is not.
pub(super) fn shown(shown: bool) -> Filter {
    Filter::must([Condition::matches("published", shown)])
}

/// Those of all spaces.
pub(super) fn all(which: Which) -> Filter {
    Filter::must(conditions(which))
}

/// Those of some passages.
pub(super) fn ids(ids: &[Uuid], which: Which) -> Filter {
    let mut must = conditions(which);
    must.push(Condition::has_id(ids.iter().map(Uuid::to_string)));
    Filter::must(must)
}

fn conditions(which: Which) -> Vec<Condition> {
    let shown = || Condition::matches("published", true);
    match which {
        Which::All => Vec::new(),
        Which::Shown => vec![shown()],
        Which::Whole => vec![shown(), Condition::has_vector(DENSE)],
    }
}

/// All other versions of the document.
pub(super) fn others(key: &VersionKey) -> Filter {
    Filter {
        must: vec![
            Condition::matches("space", key.space.as_str().to_owned()),
            Condition::matches("document_id", key.document_id.to_string()),
        ],
        must_not: vec![Condition::matches("version", i64::from(key.version))],
        ..Filter::default()
    }
}
