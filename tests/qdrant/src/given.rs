//! A real server that is given to the tests.

use qdrant_client::qdrant::{
    DeleteCollection, ListCollectionsRequest, collections_client::CollectionsClient,
};
use tonic::{Request, transport::Endpoint};

/// Removes all collections of a server, which is for tests alone.
pub fn empty(url: &str, key: Option<&str>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let emptied = runtime.expect("a runtime").block_on(async {
        let endpoint = Endpoint::from_shared(url.to_owned()).expect("an address");
        let mut collections = CollectionsClient::new(endpoint.connect_lazy());
        let listed = keyed(ListCollectionsRequest {}, key);
        let listed = collections.list(listed).await?.into_inner();
        for collection in listed.collections {
            let removed = DeleteCollection {
                collection_name: collection.name,
                timeout: None,
            };
            collections.delete(keyed(removed, key)).await?;
        }
        Ok::<_, tonic::Status>(())
    });
    emptied.expect("the server that is given answers");
}

fn keyed<T>(asked: T, key: Option<&str>) -> Request<T> {
    let mut request = Request::new(asked);
    if let Some(key) = key {
        let key = key.parse().expect("a key that can be sent");
        request.metadata_mut().insert("api-key", key);
    }
    request
}
