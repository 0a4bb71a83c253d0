//! Interactions are acknowledged within three seconds, whatever else is slow.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use stoa_chat::settings::Book;
use stoa_kit::{Config, grpc};
use stoa_proto::ingestion::{
    Document, ListDocumentsRequest, ingestion_service_client::IngestionServiceClient,
};
use tokio::{sync::oneshot, time::Instant};
use tonic::Request;
use twilight_http::{
    Client, request::Request as Call, response::marker::EmptyBody, routing::Route,
};
use twilight_model::application::interaction::{
    Interaction, InteractionData,
    application_command::{CommandDataOption, CommandOptionValue},
};

use crate::{
    failure::Failure,
    intake::{Acknowledgement, here, space},
};

/// How long an acknowledgement waits for the inbox: Discord takes it within three seconds.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// When there is no sense in another attempt.
const TOO_LATE: Duration = Duration::from_millis(2_900);
const AGAIN: Duration = Duration::from_millis(200);
/// How long choices may take.
const CHOICES: Duration = Duration::from_millis(2_000);
/// Choices that Discord shows, and most characters of one.
const MAX_CHOICES: usize = 25;
const MAX_CHOICE: usize = 100;
/// Documents that are looked through for them.
const LOOKED_THROUGH: u32 = 1_000;

/// Somebody else acknowledged it: this process before a restart.
const ACKNOWLEDGED: u64 = 40_060;
const EPHEMERAL: u64 = 1 << 6;

/// Acknowledges an interaction when the inbox has it, or when it cannot wait any longer. What the inbox does not have
/// by then it still gets, and Discord says again what it had not when the process ended.
pub(crate) async fn acknowledge(
    http: Arc<Client>,
    interaction: u64,
    token: String,
    how: Acknowledgement,
    taken: Option<oneshot::Receiver<()>>,
) {
    let began = Instant::now();
    if let Some(taken) = taken {
        let _ = tokio::time::timeout(PATIENCE, taken).await;
    }
    respond(&http, began, interaction, &token, &callback(how)).await;
}

fn callback(how: Acknowledgement) -> Value {
    match how {
        Acknowledgement::Defer { ephemeral } => {
            json!({ "type": 5, "data": { "flags": if ephemeral { EPHEMERAL } else { 0 } } })
        }
        Acknowledgement::Toast(text) => json!({
            "type": 4,
            "data": { "content": text, "flags": EPHEMERAL, "allowed_mentions": { "parse": [] } },
        }),
        Acknowledgement::Form(form) => json!({ "type": 9, "data": form }),
        Acknowledgement::Silent => json!({ "type": 6 }),
    }
}

async fn respond(http: &Client, began: Instant, interaction: u64, token: &str, body: &Value) {
    let route = Route::InteractionCallback {
        interaction_id: interaction,
        interaction_token: token,
        with_response: false,
    };
    loop {
        let call = match Call::builder(&route).json(body).build() {
            Ok(call) => call,
            Err(error) => {
                tracing::error!("an acknowledgement cannot be written: {error}");
                return;
            }
        };
        match http.request::<EmptyBody>(call).await {
            Ok(_) => return,
            Err(error) => match Failure::of(&error) {
                Failure::Refused { code, .. } if code == ACKNOWLEDGED => return,
                Failure::Refused { code, message } => {
                    tracing::warn!(code, "an interaction was not acknowledged: {message}");
                    return;
                }
                Failure::Unreachable(reason) if began.elapsed() + AGAIN > TOO_LATE => {
                    tracing::warn!("an interaction was not acknowledged in time: {reason}");
                    return;
                }
                Failure::Unreachable(_) => tokio::time::sleep(AGAIN).await,
            },
        }
    }
}

/// Completes what a person types.
#[derive(Clone)]
pub(crate) struct Choices {
    ingestion: IngestionServiceClient<grpc::Client>,
    settings: Book,
}

impl Choices {
    pub(crate) fn new(config: &Config, settings: Book) -> Result<Self, stoa_chat::Error> {
        let client = grpc::connect(&config.ingestion.address, config.require_token()?)?;
        Ok(Self {
            ingestion: IngestionServiceClient::new(client),
            settings,
        })
    }

    /// Answers a request for choices.
    pub(crate) async fn answer(self, http: Arc<Client>, interaction: Box<Interaction>) {
        let began = Instant::now();
        let choices = self.choices(&interaction).await;
        let body = json!({ "type": 8, "data": { "choices": choices } });
        let id = interaction.id.get();
        respond(&http, began, id, &interaction.token, &body).await;
    }

    async fn choices(mut self, interaction: &Interaction) -> Vec<Value> {
        let Some(InteractionData::ApplicationCommand(data)) = &interaction.data else {
            return Vec::new();
        };
        let member = interaction.member.as_ref();
        let user = member
            .and_then(|member| member.user.as_ref())
            .or(interaction.user.as_ref());
        let (Some((option, typed)), Some(user)) = (focused(&data.options), user) else {
            return Vec::new();
        };
        let space = space(interaction.guild_id.map(|guild| guild.get()), user.id);
        let settings = self.settings.of(&space);
        // Those who manage the server bind channels to collections, and so see all.
        let collections = if option == "names" {
            Vec::new()
        } else {
            let seen = here(interaction)
                .map(|channel| settings.collections(&channel.to_string()).to_vec());
            seen.unwrap_or_default()
        };
        let mut request = Request::new(ListDocumentsRequest {
            space,
            page_size: LOOKED_THROUGH,
            page_token: String::new(),
            collections,
        });
        request.set_timeout(CHOICES);
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

/// The option that is being typed, and what was typed of it.
fn focused(options: &[CommandDataOption]) -> Option<(&str, &str)> {
    options.iter().find_map(|option| match &option.value {
        CommandOptionValue::Focused(typed, _) => Some((option.name.as_str(), typed.as_str())),
        CommandOptionValue::SubCommand(options) => focused(options),
        _ => None,
    })
}

fn documents_like(documents: &[Document], typed: &str) -> Vec<Value> {
    let typed = typed.to_lowercase();
    documents
        .iter()
        .filter(|document| document.name.to_lowercase().contains(&typed))
        .take(MAX_CHOICES)
        .map(|document| {
            // A long name does not fit, but its document has an id.
            let short: String = document.name.chars().take(MAX_CHOICE).collect();
            let value = if short == document.name {
                &short
            } else {
                &document.id
            };
            json!({ "name": short, "value": value })
        })
        .collect()
}

/// Names of collections; what was typed before the last comma stays.
fn collections_like(documents: &[Document], typed: &str) -> Vec<Value> {
    let (before, last) = match typed.rfind(',') {
        Some(comma) => typed.split_at(comma + 1),
        None => ("", typed),
    };
    let last = last.trim().to_lowercase();
    let names: std::collections::BTreeSet<&str> = documents
        .iter()
        .map(|document| document.collection.as_str())
        .filter(|name| name.to_lowercase().contains(&last))
        .collect();
    names
        .into_iter()
        .map(|name| format!("{before}{name}"))
        .filter(|names| names.chars().count() <= MAX_CHOICE)
        .take(MAX_CHOICES)
        .map(|names| json!({ "name": names, "value": names }))
        .collect()
}
