//! Completes what people type.

use std::{collections::BTreeSet, time::Duration};

use serenity::builder::{
    AutocompleteChoice, CreateAutocompleteResponse, CreateInteractionResponse,
};
use stoa_chat::{
    Context, Error,
    settings::{Cache, Settings},
};
use stoa_kit::grpc;
use stoa_proto::ingestion::{
    Document, ListDocumentsRequest, ingestion_service_client::IngestionServiceClient,
};
use tonic::Request;

use crate::{
    acknowledge::Responder,
    intake::{Origin, space},
    model::Interaction,
    permissions::MANAGES,
    threads::Threads,
};

/// How long choices may take.
const PATIENCE: Duration = Duration::from_millis(2_000);
/// Most choices that Discord shows.
const MAX_CHOICES: usize = 25;
/// Most characters of a choice.
const MAX_CHOICE: usize = 100;
/// Documents that are searched for them.
const DOCUMENTS: u32 = 1_000;

/// Completes what people type.
#[derive(Clone)]
pub(crate) struct Choices {
    ingestion: IngestionServiceClient<grpc::Client>,
    settings: Cache,
}

impl Choices {
    pub(crate) fn new(context: &Context) -> Result<Self, Error> {
        let config = &context.config;
        let credentials = grpc::Credentials::of(config)?;
        let client = grpc::connect(&config.ingestion.address, &credentials)?;
        Ok(Self {
            ingestion: IngestionServiceClient::new(client),
            settings: context.settings.clone(),
        })
    }

    /// Answers a request for choices.
    pub(crate) async fn answer(
        self,
        responder: Responder,
        interaction: Box<Interaction>,
        threads: Threads,
    ) {
        let choices = self.choices(&interaction, &threads).await;
        let response = CreateAutocompleteResponse::new().set_choices(choices);
        responder
            .respond(&CreateInteractionResponse::Autocomplete(response))
            .await;
    }

    async fn choices(
        mut self,
        interaction: &Interaction,
        threads: &Threads,
    ) -> Vec<AutocompleteChoice> {
        let origin = Origin::of(interaction, threads);
        let (Some(origin), Some((option, typed))) = (origin, interaction.data.typed()) else {
            return Vec::new();
        };
        let space = space(interaction.guild_id, origin.person);
        let settings = self.settings.of(&space);
        // Who binds channels to collections sees all of them, and nobody else does.
        let collections = if option == "names" && manages(interaction, &settings) {
            Vec::new()
        } else {
            let channel = origin.settings_channel.to_string();
            settings.collections(&channel).to_vec()
        };
        let mut request = Request::new(ListDocumentsRequest {
            space,
            page_size: DOCUMENTS,
            page_token: String::new(),
            collections,
        });
        request.set_timeout(PATIENCE);
        // One request for each letter that is typed: a page of names is cheaper here than a search of its own.
        let documents = match self.ingestion.list_documents(request).await {
            Ok(listed) => listed.into_inner().documents,
            Err(status) => {
                tracing::debug!("no choices: {}", status.message());
                return Vec::new();
            }
        };
        if option == "document" {
            documents_like(&documents, typed)
        } else {
            collections_like(&documents, typed)
        }
    }
}

/// Whether a person decides about the bot here, as far as Discord says it with what they type.
fn manages(interaction: &Interaction, settings: &Settings) -> bool {
    // Direct messages are the person's own.
    let Some(member) = &interaction.member else {
        return interaction.guild_id.is_none();
    };
    let granted = member.permissions;
    let mut roles = member.roles.iter().map(ToString::to_string);
    granted.is_some_and(|granted| granted.intersects(MANAGES))
        || roles.any(|role| settings.managers.contains(&role))
}

fn documents_like(documents: &[Document], typed: &str) -> Vec<AutocompleteChoice> {
    let typed = typed.to_lowercase();
    documents
        .iter()
        .filter(|document| document.name.to_lowercase().contains(&typed))
        .take(MAX_CHOICES)
        .map(|document| {
            // A long name does not fit, but its document has an id.
            let short: String = document.name.chars().take(MAX_CHOICE).collect();
            let value = if short == document.name {
                short.clone()
            } else {
                document.id.clone()
            };
            AutocompleteChoice::new(short, value)
        })
        .collect()
}

/// Names of collections; what was typed before the last comma stays.
fn collections_like(documents: &[Document], typed: &str) -> Vec<AutocompleteChoice> {
    let (before, last) = match typed.rfind(',') {
        Some(comma) => typed.split_at(comma + 1),
        None => ("", typed),
    };
    let last = last.trim().to_lowercase();
    let names: BTreeSet<&str> = documents
        .iter()
        .map(|document| document.collection.as_str())
        .filter(|name| name.to_lowercase().contains(&last))
        .collect();
    names
        .into_iter()
        .map(|name| format!("{before}{name}"))
        .filter(|names| names.chars().count() <= MAX_CHOICE)
        .take(MAX_CHOICES)
        .map(|names| AutocompleteChoice::new(names.clone(), names))
        .collect()
}
