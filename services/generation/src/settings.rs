//! The settings of spaces, as frontends read and write them.

use futures::{StreamExt, stream, stream::BoxStream};
use serde_json::{Map, Value};
use stoa_kit::{Space, postgres};
use stoa_proto::settings::{
    GetRequest, GetResponse, ListRequest, ListResponse, PutRequest, PutResponse, Settings,
    settings_service_server::SettingsService,
};
use tonic::{Request, Response, Status};

use crate::store::{SpaceSettings, Store};

/// Most bytes of a space's settings: the most that a frontend lets people set, with room for what is still to come, and
/// below what one message takes.
const MAX_JSON: usize = 2 << 20;

/// Serves the settings of spaces.
pub(crate) struct SettingsServer {
    store: Store,
}

impl SettingsServer {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }
}

#[tonic::async_trait]
impl SettingsService for SettingsServer {
    async fn get(&self, request: Request<GetRequest>) -> Result<Response<GetResponse>, Status> {
        let space = Space::parse(&request.into_inner().space)?;
        let found = self.store.settings(&space).await;
        let found = found.map_err(postgres::failed)?;
        let settings = found.map_or_else(
            || Settings {
                space: space.to_string(),
                ..Settings::default()
            },
            to_proto,
        );
        Ok(Response::new(GetResponse {
            settings: Some(settings),
        }))
    }

    async fn put(&self, request: Request<PutRequest>) -> Result<Response<PutResponse>, Status> {
        let given = request.into_inner().settings.unwrap_or_default();
        let space = Space::parse(&given.space)?;
        // An object and no more is asked for: what is in it is for frontends, of this version and of others.
        check(&given.json)?;
        let read_at = i64::try_from(given.version)
            .map_err(|_| Status::invalid_argument("version is too large"))?;
        let written = self.store.set_settings(&space, &given.json, read_at).await;
        let written = written.map_err(postgres::failed)?;
        let version = written.ok_or_else(|| {
            Status::aborted(format!(
                "the settings of {space} have changed since version {read_at}: read them again"
            ))
        })?;
        Ok(Response::new(PutResponse {
            version: version.unsigned_abs(),
        }))
    }

    type ListStream = BoxStream<'static, Result<ListResponse, Status>>;

    async fn list(
        &self,
        request: Request<ListRequest>,
    ) -> Result<Response<Self::ListStream>, Status> {
        let listed = self.store.list_settings(&request.into_inner().prefix).await;
        let listed = listed.map_err(postgres::failed)?;
        let responses = listed.into_iter().map(|settings| {
            Ok(ListResponse {
                settings: Some(to_proto(settings)),
            })
        });
        Ok(Response::new(stream::iter(responses).boxed()))
    }
}

fn to_proto(settings: SpaceSettings) -> Settings {
    Settings {
        space: settings.space,
        json: settings.json,
        version: settings.version.unsigned_abs(),
    }
}

fn check(json: &str) -> Result<(), Status> {
    if json.len() > MAX_JSON {
        return Err(Status::resource_exhausted(format!(
            "the settings of a space have at most {MAX_JSON} bytes"
        )));
    }
    let object: Result<Map<String, Value>, _> = serde_json::from_str(json);
    // PostgreSQL keeps every character but this one.
    if object.is_err() || json.contains("\\u0000") {
        return Err(Status::invalid_argument(
            "settings must be a JSON object without \\u0000",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;

    #[test]
    fn settings_are_an_object_that_can_be_kept() {
        check(r#"{"managers":["7"]}"#).expect("an object");
        for json in ["", "[]", "7", "{", r#"{"a":"\u0000"}"#] {
            let status = check(json).expect_err("no object");
            assert_eq!(status.code(), Code::InvalidArgument, "{json}");
        }
        let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(MAX_JSON));
        let status = check(&large).expect_err("too large");
        assert_eq!(status.code(), Code::ResourceExhausted);
    }
}
