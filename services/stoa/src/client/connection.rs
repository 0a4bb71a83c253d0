use anyhow::{Context, Result, anyhow, bail};
use stoa_kit::{Config, address::shown, grpc};
use stoa_proto::{
    embedding::embedding_service_client::EmbeddingServiceClient,
    generation::generation_service_client::GenerationServiceClient,
    ingestion::ingestion_service_client::IngestionServiceClient,
    retrieval::retrieval_service_client::RetrievalServiceClient,
};
use tonic::{Code, Status};

use crate::{args::Common, running::Running};

/// Largest answer of a search: 100 passages of 64 KiB.
const MAX_MESSAGE: usize = 16 << 20;

/// A server, and where it is.
#[derive(Clone)]
pub(crate) struct Connection {
    pub(crate) address: String,
    channel: grpc::Client,
}

impl Connection {
    pub(crate) fn new(address: &str, credentials: &grpc::Credentials) -> Result<Self> {
        Ok(Self {
            address: shown(address),
            channel: grpc::connect(address, credentials)?,
        })
    }

    /// The server that was named, or the `stoa up` of the data folder.
    pub(crate) fn find(config: &Config, common: &Common) -> Result<Self> {
        if let Some(address) = &common.server {
            let token = config
                .token
                .as_ref()
                .context("--server needs the server's token: set STOA_TOKEN")?;
            return Self::new(address, &grpc::Credentials::new(token, config));
        }
        let folder = config.data.dir.display();
        let Some(running) = Running::find(&config.data.dir) else {
            bail!(
                "no `stoa up` is running on {folder}: start it with `stoa up`, or name a server with --server"
            );
        };
        let credentials = grpc::Credentials::new(&running.token, config);
        Self::new(&running.address, &credentials)
    }

    pub(crate) fn ingestion(&self) -> IngestionServiceClient<grpc::Client> {
        IngestionServiceClient::new(self.channel.clone())
    }

    pub(crate) fn embedding(&self) -> EmbeddingServiceClient<grpc::Client> {
        EmbeddingServiceClient::new(self.channel.clone())
    }

    pub(crate) fn retrieval(&self) -> RetrievalServiceClient<grpc::Client> {
        RetrievalServiceClient::new(self.channel.clone()).max_decoding_message_size(MAX_MESSAGE)
    }

    pub(crate) fn generation(&self) -> GenerationServiceClient<grpc::Client> {
        GenerationServiceClient::new(self.channel.clone()).max_decoding_message_size(MAX_MESSAGE)
    }

    /// What a refused call means for a person.
    pub(crate) fn explain(&self, status: &Status) -> anyhow::Error {
        match status.code() {
            _ if broke_off(status) => {
                anyhow!(
                    "{} broke off in the middle: its log says why; start it with `stoa up`, and it goes on with what it accepted",
                    self.address
                )
            }
            // A service that is there and cannot work now is also unavailable, and says itself why.
            Code::Unavailable
                if status.message().contains("transport")
                    || status.message().contains("connect") =>
            {
                anyhow!(
                    "{} does not answer: start it with `stoa up`, or check --server",
                    self.address
                )
            }
            Code::DeadlineExceeded | Code::Cancelled => {
                anyhow!("{} took too long: try again", self.address)
            }
            _ => anyhow!("{}", status.message()),
        }
    }
}

/// Whether the connection ended before the answer did, as it does when the process is killed.
fn broke_off(status: &Status) -> bool {
    let text = status.message();
    text.contains("h2 protocol error") || text.contains("error reading a body")
}
