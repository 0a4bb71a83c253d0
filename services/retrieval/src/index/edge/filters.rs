//! Which passages an operation is about, as the engine is told.

use qdrant_edge::Filter;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::index::{CountKey, DENSE, Scope, VersionKey, Which};

/// What a reader may see.
pub(super) fn scope(scope: &Scope) -> Result<Filter, serde_json::Error> {
    let mut must = vec![
        matches("space", scope.space.as_str()),
        matches("published", true),
        json!({ "key": "access", "match": { "any": scope.tags() } }),
    ];
    if !scope.collections.is_empty() {
        must.push(json!({ "key": "collection", "match": { "any": scope.collections } }));
    }
    filter(json!({ "must": must }))
}

/// What is counted, or removed.
pub(super) fn count(key: &CountKey) -> Result<Filter, serde_json::Error> {
    let mut must = vec![matches("space", key.space.as_str())];
    must.extend(key.document_id.map(|id| matches("document_id", id)));
    must.extend(key.version.map(|version| matches("version", version)));
    must.extend(
        key.published
            .map(|published| matches("published", published)),
    );
    filter(json!({ "must": must }))
}

/// Versions of the document that are shown and newer.
pub(super) fn newer(key: &VersionKey) -> Result<Filter, serde_json::Error> {
    filter(json!({
        "must": [
            matches("space", key.space.as_str()),
            matches("document_id", key.document_id),
            matches("published", true),
            { "key": "version", "range": { "gt": key.version } },
        ],
    }))
}

/// Older versions of the document.
pub(super) fn older(key: &VersionKey) -> Result<Filter, serde_json::Error> {
    filter(json!({
        "must": [
            matches("space", key.space.as_str()),
            matches("document_id", key.document_id),
            { "key": "version", "range": { "lt": key.version } },
        ],
    }))
}

/// What is shown of all spaces, or what is not.
pub(super) fn shown(shown: bool) -> Result<Filter, serde_json::Error> {
    filter(json!({ "must": [matches("published", shown)] }))
}

/// Those of all spaces.
pub(super) fn all(which: Which) -> Result<Filter, serde_json::Error> {
    filter(json!({ "must": conditions(which) }))
}

/// Those of some passages.
pub(super) fn ids(ids: &[Uuid], which: Which) -> Result<Filter, serde_json::Error> {
    let mut must = conditions(which);
    must.push(json!({ "has_id": ids }));
    filter(json!({ "must": must }))
}

fn conditions(which: Which) -> Vec<Value> {
    let shown = || matches("published", true);
    match which {
        Which::All => Vec::new(),
        Which::Shown => vec![shown()],
        Which::Whole => vec![shown(), json!({ "has_vector": DENSE })],
    }
}

/// All other versions of the document.
pub(super) fn others(key: &VersionKey) -> Result<Filter, serde_json::Error> {
    filter(json!({
        "must": [matches("space", key.space.as_str()), matches("document_id", key.document_id)],
        "must_not": [matches("version", key.version)],
    }))
}

fn matches(key: &str, value: impl serde::Serialize) -> Value {
    json!({ "key": key, "match": { "value": value } })
}

/// The engine's filters read from Qdrant's REST form.
fn filter(rest: Value) -> Result<Filter, serde_json::Error> {
    serde_json::from_value(rest)
}
