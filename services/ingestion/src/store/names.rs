//! What a document is called where several files have one name.

use sqlx::PgConnection;

use super::submissions::{NewSource, Target};

/// Longest name of a document, in bytes.
pub(crate) const MAX_NAME: usize = 1_024;

/// The name that a document is known by: the one that its file has already; else the one that was asked for, with as many
/// of its folders as keep it apart from another file's. The same bytes are the same file, which was moved.
pub(super) async fn find_name(
    connection: &mut PgConnection,
    target: &Target,
    source: &NewSource,
) -> Result<String, sqlx::Error> {
    // Chats and APIs name no file, and there the same name is the same document.
    let Some(origin) = &target.origin else {
        return Ok(target.name.clone());
    };
    let space = target.space.as_str();
    // Two files of one name that are taught at once would both find it free.
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
        space
    )
    .execute(&mut *connection)
    .await?;
    let known = sqlx::query_scalar!(
        "SELECT name FROM ingestion.documents WHERE space = $1 AND origin = $2",
        space,
        origin
    )
    .fetch_optional(&mut *connection)
    .await?;
    // The name of a file never changes, whatever other files are taught later: it is cited by it.
    if let Some(name) = known {
        return Ok(name);
    }
    for name in names(&target.name, origin) {
        let is_anothers = sqlx::query_scalar!(
            "SELECT EXISTS (SELECT 1 FROM ingestion.documents d
                 WHERE d.space = $1 AND d.name = $2 AND d.origin IS NOT NULL
                     AND NOT EXISTS (SELECT 1 FROM ingestion.versions v
                         WHERE v.document_id = d.id AND v.version >= d.version AND v.sha256 = $3)) AS \"anothers!\"",
            space,
            &name,
            source.hash()
        )
        .fetch_one(&mut *connection)
        .await?;
        if !is_anothers {
            return Ok(name);
        }
    }
    Ok(target.name.clone())
}

/// The name, and longer ones with the folders of its origin, as far as a name may be long.
fn names(name: &str, origin: &str) -> impl Iterator<Item = String> {
    let parts: Vec<&str> = origin.split('/').filter(|part| !part.is_empty()).collect();
    let longer = name.split('/').count() + 1..=parts.len();
    let longer: Vec<String> = longer
        .map(|count| parts[parts.len() - count..].join("/"))
        .filter(|name| name.len() <= MAX_NAME)
        .collect();
    std::iter::once(name.to_owned()).chain(longer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(name: &str, origin: &str) -> Vec<String> {
        names(name, origin).collect()
    }

    #[test]
    fn a_file_is_called_by_as_many_folders_as_it_has() {
        assert_eq!(
            all("README.md", "/homes/alder/README.md"),
            ["README.md", "alder/README.md", "homes/alder/README.md"]
        );
        assert_eq!(
            all("alder/README.md", "/homes/alder/README.md"),
            ["alder/README.md", "homes/alder/README.md"]
        );
        assert_eq!(all("README.md", "README.md"), ["README.md"]);
        let deep = format!("/{}/README.md", "x".repeat(MAX_NAME));
        assert_eq!(all("README.md", &deep), ["README.md"]);
    }
}
