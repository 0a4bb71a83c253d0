//! The bytes of documents, by their content's hash.

use std::{path::PathBuf, sync::Arc, time::SystemTime};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use object_store::{
    ObjectStore, ObjectStoreExt, PutPayload, aws::AmazonS3Builder, local::LocalFileSystem,
    path::Path, prefix::PrefixStore,
};
use sha2::{Digest, Sha256};
use stoa_kit::{Config, Room, room::NoRoom};

/// SHA-256 of a document's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ContentHash(pub(crate) [u8; 32]);

impl ContentHash {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    pub(crate) fn hex(&self) -> String {
        hex::encode(self.0)
    }

    /// The hash whose blob is at a path; `None` for what is no blob.
    fn of_path(path: &Path) -> Option<Self> {
        let bytes = hex::decode(path.filename()?).ok()?;
        bytes.try_into().ok().map(Self)
    }

    fn path(&self) -> Path {
        let name = self.hex();
        // Two levels keep folders small.
        Path::from_iter([&name[..2], &name])
    }
}

/// Where the bytes are: a folder or a bucket.
#[derive(Debug, Clone)]
pub(crate) struct Blobs {
    store: Arc<dyn ObjectStore>,
    /// The folder's disk; a bucket looks after itself.
    room: Option<Room>,
}

impl Blobs {
    pub(crate) fn open(config: &Config) -> Result<Self, String> {
        let mut room = None;
        let store: Arc<dyn ObjectStore> = match config.ingestion.blobs.as_deref() {
            Some(url) if url.starts_with("s3://") => {
                let rest = &url["s3://".len()..];
                let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
                // Credentials and region come from the usual AWS_… variables.
                let bucket = AmazonS3Builder::from_env()
                    .with_bucket_name(bucket)
                    .build()
                    .map_err(|e| e.to_string())?;
                Arc::new(PrefixStore::new(bucket, prefix))
            }
            folder => {
                let folder = folder.map_or_else(|| config.data.dir.join("blobs"), PathBuf::from);
                std::fs::create_dir_all(&folder)
                    .map_err(|error| format!("{}: {error}", folder.display()))?;
                room = Some(Room::of(config, &folder));
                Arc::new(
                    LocalFileSystem::new_with_prefix(&folder)
                        .map_err(|e| e.to_string())?
                        .with_fsync(true),
                )
            }
        };
        Ok(Self { store, room })
    }

    /// Whether a document of `bytes` may be stored.
    pub(crate) fn room_for(&self, bytes: usize) -> Result<(), NoRoom> {
        let room = self.room.as_ref();
        room.map_or(Ok(()), |room| room.for_document(bytes as u64))
    }

    /// Stores bytes under their hash. The same bytes again change nothing.
    pub(crate) async fn put(
        &self,
        hash: ContentHash,
        bytes: Bytes,
    ) -> Result<(), object_store::Error> {
        let path = hash.path();
        if self.store.head(&path).await.is_ok() {
            return Ok(());
        }
        self.store
            .put(&path, PutPayload::from_bytes(bytes))
            .await
            .map(|_| ())
    }

    pub(crate) async fn get(&self, hash: ContentHash) -> Result<Bytes, object_store::Error> {
        self.store.get(&hash.path()).await?.bytes().await
    }

    /// What was stored before a time.
    pub(crate) fn older_than(
        &self,
        before: SystemTime,
    ) -> BoxStream<'static, Result<ContentHash, object_store::Error>> {
        let listed = self.store.list(None);
        let old = listed.try_filter_map(move |blob| {
            let is_old = SystemTime::from(blob.last_modified) < before;
            let hash = ContentHash::of_path(&blob.location).filter(|_| is_old);
            std::future::ready(Ok(hash))
        });
        old.boxed()
    }

    /// Removes bytes; their absence is no error.
    pub(crate) async fn delete(&self, hash: ContentHash) -> Result<(), object_store::Error> {
        match self.store.delete(&hash.path()).await {
            Err(object_store::Error::NotFound { .. }) | Ok(()) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_is_known_by_its_path() {
        let hash = ContentHash::of(b"Lamps.");
        assert_eq!(ContentHash::of_path(&hash.path()), Some(hash));
        for other in ["notes.txt", "ab/abcd", ""] {
            assert_eq!(ContentHash::of_path(&Path::from(other)), None, "{other}");
        }
    }
}
