//! Which passages an operation is about, as the server is told.

use qdrant_client::qdrant::{Condition, Filter, Range};
use uuid::Uuid;

use crate::index::{CountKey, Scope, VersionKey};

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

/// Some passages; only those that are shown, or all of them.
pub(super) fn ids(ids: &[Uuid], shown: bool) -> Filter {
    let mut must = vec![Condition::has_id(ids.iter().map(Uuid::to_string))];
    must.extend(shown.then(|| Condition::matches("published", true)));
    Filter::must(must)
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
