//! Inline mode: what a person's own documents say, to be sent to any chat.

use std::time::Duration;

use stoa_chat::{Error, Locale};
use stoa_kit::{Config, grpc};
use stoa_proto::{
    place,
    retrieval::{Passage, SearchRequest, retrieval_service_client::RetrievalServiceClient},
};
use stoa_reply::{self as reply, Reply};
use teloxide_core::{
    Bot,
    payloads::AnswerInlineQuerySetters,
    prelude::Requester,
    types::{
        InlineQuery, InlineQueryResult, InlineQueryResultArticle, InputMessageContent,
        InputMessageContentText,
    },
};
use tonic::Request;

use crate::{
    error::platform_error,
    place::space,
    platform::{entity, no_preview},
};

/// Passages that are offered.
const OFFERED: u32 = 5;
/// How long a search may take: Telegram waits about ten seconds, people less.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long Telegram may cache an answer, in seconds.
const CACHED: u32 = 10;
/// Most characters of a passage in the list.
const LISTED: usize = 100;
/// Most characters of a passage in the message.
const QUOTED: usize = 800;

/// Answers inline queries.
#[derive(Clone)]
pub(crate) struct Inline {
    retrieval: RetrievalServiceClient<grpc::Client>,
}

impl Inline {
    pub(crate) fn new(config: &Config) -> Result<Self, Error> {
        let credentials = grpc::Credentials::of(config)?;
        let client = grpc::connect(&config.retrieval.address, &credentials)?;
        Ok(Self {
            retrieval: RetrievalServiceClient::new(client),
        })
    }

    /// Offers matching passages. Only the person sees them until they send one.
    pub(crate) async fn answer(self, bot: Bot, query: InlineQuery) {
        let found = self.search(&query).await;
        let locale = Locale::of_tag(query.from.language_code.as_deref().unwrap_or_default());
        let offered = found.iter().filter_map(|passage| article(passage, locale));
        let results: Vec<InlineQueryResult> = offered.collect();
        let answer = bot
            .answer_inline_query(query.id, results)
            .cache_time(CACHED)
            // The documents are the person's own: Telegram must not show them to the next who types the same.
            .is_personal(true);
        if let Err(error) = answer.await {
            tracing::debug!(
                "an inline query was not answered: {}",
                platform_error(&error)
            );
        }
    }

    async fn search(mut self, query: &InlineQuery) -> Vec<Passage> {
        if query.query.trim().is_empty() {
            return Vec::new();
        }
        let mut request = Request::new(SearchRequest {
            // The space of their private chat with the bot, whose id is the person's.
            space: space(query.from.id.0),
            query: query.query.clone(),
            limit: OFFERED,
            ..SearchRequest::default()
        });
        request.set_timeout(PATIENCE);
        match self.retrieval.search(request).await {
            Ok(found) => found.into_inner().passages,
            Err(status) => {
                tracing::debug!("an inline query found nothing: {}", status.message());
                Vec::new()
            }
        }
    }
}

fn article(passage: &Passage, locale: Locale) -> Option<InlineQueryResult> {
    let source = place(
        &passage.title,
        &passage.document,
        &passage.heading_path,
        passage.page,
        |page| locale.page(page),
    );
    let words = |most: usize| -> String {
        let words = passage
            .text
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        words.chars().take(most).collect()
    };
    let message = Reply::default()
        .quote(words(QUOTED))
        .plain(source.clone())
        .messages::<reply::Telegram>()
        .into_iter()
        .next()?;
    let content = InputMessageContentText {
        message_text: message.text,
        parse_mode: None,
        entities: Some(message.entities.iter().map(entity).collect()),
        link_preview_options: Some(no_preview()),
    };
    // Telegram takes ids of at most 64 bytes; those of passages are shorter.
    let article = InlineQueryResultArticle::new(
        passage.id.clone(),
        source,
        InputMessageContent::Text(content),
    );
    Some(InlineQueryResult::Article(
        article.description(words(LISTED)),
    ))
}
