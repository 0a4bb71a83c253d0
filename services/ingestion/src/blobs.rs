//! The bytes of documents, by their content's hash.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use nix::unistd::{AccessFlags, access};
use object_store::{
    ClientConfigKey, ObjectStore, ObjectStoreExt, PutPayload, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey},
    local::LocalFileSystem,
    path::Path,
    prefix::PrefixStore,
};
use sha2::{Digest, Sha256};
use stoa_kit::{Config, Room, room::NoRoom};
use thiserror::Error;

/// How a bucket is named.
const S3: &str = "s3://";
/// How long a call to a bucket may take: so long the largest document takes over a slow line.
const CALL: &str = "300s";
const CONNECT: &str = "5s";
/// How often and how long a call is made again that failed. Then its caller hears of it, and tries again in its own time.
const RETRIES: usize = 4;
const RETRY: Duration = Duration::from_secs(30);

/// The bytes of documents cannot be kept where the configuration says.
#[derive(Debug, Error)]
pub enum BlobsError {
    /// An address without a bucket.
    #[error("{url} names no bucket: write s3://BUCKET/PREFIX")]
    NoBucket {
        /// The address.
        url: String,
    },
    /// A folder that cannot be made.
    #[error("{}: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The store refuses its settings.
    #[error(transparent)]
    Store(#[from] object_store::Error),
}

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

/// What is configured.
enum Location<'a> {
    /// `s3://BUCKET/PREFIX`.
    Bucket(&'a str),
    Folder(PathBuf),
}

impl<'a> Location<'a> {
    fn of(config: &'a Config) -> Self {
        match config.ingestion.blobs.as_deref() {
            Some(url) if url.starts_with(S3) => Self::Bucket(url),
            Some(folder) => Self::Folder(PathBuf::from(folder)),
            None => Self::Folder(config.data.dir.join("blobs")),
        }
    }
}

/// A bucket of S3, or of a store that speaks as S3 does. Credentials, region and endpoint come from the usual AWS variables:
/// keys, a web identity, a container's role, or the machine's.
fn bucket(config: &Config, url: &str) -> Result<PrefixStore<AmazonS3>, BlobsError> {
    let rest = url.strip_prefix(S3).unwrap_or(url);
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    if bucket.is_empty() {
        let url = url.to_owned();
        return Err(BlobsError::NoBucket { url });
    }
    let client = AmazonS3ConfigKey::Client;
    let mut builder = AmazonS3Builder::from_env()
        .with_bucket_name(bucket)
        .with_config(client(ClientConfigKey::Timeout), CALL)
        .with_config(client(ClientConfigKey::ConnectTimeout), CONNECT)
        // Not every store has the call that removes many at once, and here it is always one.
        .with_disable_bulk_delete(true)
        .with_retry(RetryConfig {
            max_retries: RETRIES,
            retry_timeout: RETRY,
            ..RetryConfig::default()
        });
    if let Some(endpoint) = &config.ingestion.blobs_endpoint {
        builder = builder.with_config(AmazonS3ConfigKey::S3Endpoint, endpoint.expose());
    }
    let endpoint = [AmazonS3ConfigKey::S3Endpoint, AmazonS3ConfigKey::Endpoint]
        .iter()
        .find_map(|key| builder.get_config_value(key));
    // Who writes http means it, as in every other client of S3.
    if endpoint.is_some_and(|endpoint| endpoint.starts_with("http://")) {
        builder = builder.with_allow_http(true);
    }
    Ok(PrefixStore::new(builder.build()?, prefix))
}

/// Where the bytes of documents are kept, and whether they can be: changes nothing. An error says what is wrong.
pub async fn probe(config: &Config) -> Result<String, String> {
    match Location::of(config) {
        Location::Bucket(url) => {
            let bucket = bucket(config, url).map_err(|error| error.to_string())?;
            let first = bucket.list(None).try_next().await;
            first.map_err(|error| format!("{url}: {error}"))?;
            Ok(url.to_owned())
        }
        Location::Folder(folder) => {
            let folder = std::path::absolute(&folder).unwrap_or(folder);
            let shown = folder.display();
            let there = folder.ancestors().find(|ancestor| ancestor.exists());
            let there = there.ok_or_else(|| format!("{shown} cannot be made"))?;
            if !there.is_dir() {
                return Err(format!("{} is no folder", there.display()));
            }
            access(there, AccessFlags::W_OK | AccessFlags::X_OK)
                .map_err(|error| format!("{} cannot be written: {error}", there.display()))?;
            Ok(shown.to_string())
        }
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
    pub(crate) fn open(config: &Config) -> Result<Self, BlobsError> {
        let mut room = None;
        let store: Arc<dyn ObjectStore> = match Location::of(config) {
            Location::Bucket(url) => Arc::new(bucket(config, url)?),
            Location::Folder(folder) => {
                std::fs::create_dir_all(&folder).map_err(|source| BlobsError::Folder {
                    path: folder.clone(),
                    source,
                })?;
                room = Some(Room::of(config, &folder));
                Arc::new(LocalFileSystem::new_with_prefix(&folder)?.with_fsync(true))
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
        // The hash says that it is the same, and a second upload of a large file costs more than a look.
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

    #[tokio::test]
    async fn a_look_makes_no_folder_and_says_where_one_cannot_be() {
        let data = std::env::temp_dir().join(format!("stoa-blobs-{}", std::process::id()));
        let mut config = Config::default();
        config.data.dir = data.clone();
        let found = probe(&config).await.expect("it can be made");
        assert!(found.ends_with("/blobs") && !data.exists(), "{found}");
        config.ingestion.blobs = Some("/dev/null/blobs".to_owned());
        assert!(probe(&config).await.is_err());
        config.ingestion.blobs = Some("s3:///documents".to_owned());
        let refused = probe(&config).await.expect_err("no bucket");
        assert!(refused.contains("s3://BUCKET/PREFIX"), "{refused}");
    }

    #[test]
    fn a_blob_is_known_by_its_path() {
        let hash = ContentHash::of(b"Lamps.");
        assert_eq!(ContentHash::of_path(&hash.path()), Some(hash));
        for other in ["notes.txt", "ab/abcd", ""] {
            assert_eq!(ContentHash::of_path(&Path::from(other)), None, "{other}");
        }
    }
}
