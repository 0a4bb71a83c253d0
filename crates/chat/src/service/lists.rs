//! What is known, found and used.

use stoa_proto::{
    generation::{ListUnansweredRequest, ResetConversationRequest},
    ingestion::{DeleteDocumentRequest, ListDocumentsRequest},
    place,
    retrieval::SearchRequest,
};
use tonic::Code;
use uuid::Uuid;

use super::{Task, ask::excerpt, outgoing};
use crate::{
    delivery::Ended,
    event::Press,
    platform::{Button, Platform},
    reply::Reply,
    words::Language,
};

/// Passages, documents and questions of a list.
const FOUND: u32 = 5;
const LISTED: u32 = 50;
/// Questions that have a button to answer them: what one row of buttons takes.
const TAUGHT: usize = 5;
/// Most characters of a passage that are shown.
const EXCERPT: usize = 300;

impl<P: Platform> Task<'_, P> {
    pub(super) async fn search(&self, question: &str) -> Result<(), Ended> {
        if question.trim().is_empty() {
            return self.say(self.language().nothing_asked()).await;
        }
        let request = SearchRequest {
            space: self.space.clone(),
            query: question.to_owned(),
            limit: FOUND,
            collections: self.collections(),
            ..SearchRequest::default()
        };
        let found =
            self.call(|| async { self.desk.retrieval.clone().search(request.clone()).await });
        let passages = match found.await? {
            Ok(found) => found.passages,
            Err(status) => return self.apologise(&status).await,
        };
        if passages.is_empty() {
            return self.say(self.language().nothing_found()).await;
        }
        let mut reply = Reply::default();
        for passage in &passages {
            let place = place(
                &passage.title,
                &passage.document,
                &passage.heading_path,
                passage.page,
                |page| self.language().page(page),
            );
            reply = reply.plain(place).quote(excerpt(&passage.text, EXCERPT));
        }
        self.reply(&reply).await
    }

    pub(super) async fn documents(&self) -> Result<(), Ended> {
        let request = ListDocumentsRequest {
            space: self.space.clone(),
            page_size: LISTED,
            page_token: String::new(),
            collections: self.collections(),
        };
        let listed = self.call(|| async {
            self.desk
                .ingestion
                .clone()
                .list_documents(request.clone())
                .await
        });
        let listed = match listed.await? {
            Ok(listed) => listed,
            Err(status) => return self.apologise(&status).await,
        };
        if listed.documents.is_empty() {
            return self.say(self.language().no_documents()).await;
        }
        let mut lines: Vec<String> = listed
            .documents
            .iter()
            .map(|document| match self.language() {
                Language::English => format!("{} ({} passages)", document.name, document.passages),
                Language::Chinese => format!("{}（{} 段）", document.name, document.passages),
            })
            .collect();
        if !listed.next_page_token.is_empty() {
            lines.push("…".to_owned());
        }
        self.reply(&Reply::default().plain(lines.join("\n"))).await
    }

    pub(super) async fn forget(&self, document: &str) -> Result<(), Ended> {
        if !self.may_teach().await? {
            return Ok(());
        }
        if document.trim().is_empty() {
            return self.documents().await;
        }
        let request = DeleteDocumentRequest {
            space: self.space.clone(),
            document: document.trim().to_owned(),
        };
        let deleted = self.call(|| async {
            self.desk
                .ingestion
                .clone()
                .delete_document(request.clone())
                .await
        });
        let text = match deleted.await? {
            Ok(_) => self.language().forgotten(document.trim()),
            Err(status) if status.code() == Code::NotFound => {
                // A deletion that was cut off by a restart comes here again.
                self.language().no_such_document(document.trim())
            }
            Err(status) => return self.apologise(&status).await,
        };
        self.reply(&Reply::default().plain(text)).await
    }

    pub(super) async fn reset(&self) -> Result<(), Ended> {
        let request = ResetConversationRequest {
            space: self.space.clone(),
            conversation: self.said.conversation.clone(),
        };
        let reset = self.call(|| async {
            self.desk
                .generation
                .clone()
                .reset_conversation(request.clone())
                .await
        });
        match reset.await? {
            Ok(reset) => self.say(&self.language().reset(reset.turns)).await,
            Err(status) => self.apologise(&status).await,
        }
    }

    pub(super) async fn unanswered(&self) -> Result<(), Ended> {
        if !self.may_teach().await? {
            return Ok(());
        }
        let request = ListUnansweredRequest {
            space: self.space.clone(),
            page_size: 20,
        };
        let listed = self.call(|| async {
            self.desk
                .generation
                .clone()
                .list_unanswered(request.clone())
                .await
        });
        let questions = match listed.await? {
            Ok(listed) => listed.questions,
            Err(status) => return self.apologise(&status).await,
        };
        if questions.is_empty() {
            return self.say(self.language().nothing_unanswered()).await;
        }
        let lines: Vec<String> = questions
            .iter()
            .enumerate()
            .map(|(at, question)| format!("{}. {}", at + 1, excerpt(&question.question, EXCERPT)))
            .collect();
        let buttons = questions
            .iter()
            .enumerate()
            .take(TAUGHT)
            .filter_map(|(at, question)| {
                let turn = Uuid::parse_str(&question.turn_id).ok()?;
                Some(Button {
                    label: self.language().answer_it(at + 1),
                    press: Press::Teach(turn),
                })
            });
        let reply = Reply::default().plain(lines.join("\n"));
        let mut delivery = self.open().await?;
        if delivery.is_done() {
            return Ok(());
        }
        delivery
            .finish(&outgoing::<P>(&reply, vec![buttons.collect()]))
            .await
    }
}
