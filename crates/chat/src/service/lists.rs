//! Documents, passages, and what there is to ask for.

use stoa_proto::{
    generation::ResetConversationRequest,
    ingestion::{DeleteDocumentRequest, Document, GetDocumentRequest, ListDocumentsRequest},
    place,
    retrieval::SearchRequest,
};
use stoa_reply::Reply;

use super::{Failure, Task};
use crate::platform::Platform;

/// Most passages that a search shows.
const PASSAGES: u32 = 5;
/// Most documents of a list.
const DOCUMENTS: u32 = 50;
/// Most characters of a passage.
const EXCERPT: usize = 300;
/// Commands that `/help` lists.
const HELP: [&str; 10] = [
    "ask",
    "search",
    "learn",
    "documents",
    "forget",
    "reset",
    "usage",
    "privacy",
    "unanswered",
    "settings",
];

impl<P: Platform> Task<'_, P> {
    pub(super) async fn help(&self) -> Result<(), Failure> {
        let locale = self.locale();
        let commands = HELP.map(|name| {
            let what = locale.text(&format!("command-{name}"));
            format!("- /{name} – {what}")
        });
        let reply = Reply::default()
            .markdown(locale.text("help-intro"))
            .markdown(commands.join("\n"));
        self.deliver(&reply, Vec::new()).await
    }

    pub(super) async fn search(&self, question: &str) -> Result<(), Failure> {
        if question.trim().is_empty() {
            return self.say("question-missing").await;
        }
        if !self.settings.answers(&self.incoming.channel) {
            return Err(Failure::NotHere);
        }
        let request = SearchRequest {
            space: self.space.clone(),
            query: question.to_owned(),
            limit: PASSAGES,
            collections: self.collections(),
            ..SearchRequest::default()
        };
        let found = self.call(|| async { self.retrieval().search(request.clone()).await });
        let passages = found.await?.passages;
        if passages.is_empty() {
            return self.say("search-empty").await;
        }
        let mut reply = Reply::default();
        for passage in &passages {
            let place = place(
                &passage.title,
                &passage.document,
                &passage.heading_path,
                passage.page,
                |page| self.locale().page(page),
            );
            reply = reply.plain(place).quote(excerpt(&passage.text, EXCERPT));
        }
        self.deliver(&reply, Vec::new()).await
    }

    pub(super) async fn documents(&self) -> Result<(), Failure> {
        let request = ListDocumentsRequest {
            space: self.space.clone(),
            page_size: DOCUMENTS,
            page_token: String::new(),
            collections: self.collections(),
        };
        let listed = self.call(|| async { self.ingestion().list_documents(request.clone()).await });
        let listed = listed.await?;
        if listed.documents.is_empty() {
            return self.say("documents-empty").await;
        }
        let entry = |document: &Document| {
            let values = [
                ("name", document.name.as_str().into()),
                ("passages", document.passages.into()),
            ];
            self.locale().format("documents-entry", values)
        };
        let mut lines: Vec<String> = listed.documents.iter().map(entry).collect();
        if !listed.next_page_token.is_empty() {
            lines.push("…".to_owned());
        }
        let reply = Reply::default().plain(lines.join("\n"));
        self.deliver(&reply, Vec::new()).await
    }

    pub(super) async fn forget(&self, document: &str) -> Result<(), Failure> {
        self.require_teacher().await?;
        let document = document.trim();
        if document.is_empty() {
            return self.documents().await;
        }
        let text = match self.document_to_forget(document).await? {
            Some(id) => {
                self.delete_document(id).await?;
                "document-forgotten"
            }
            // Not an error: people mistype names, and a document may have been forgotten by somebody else.
            None => "document-unknown",
        };
        let text = self.locale().format(text, [("document", document.into())]);
        self.deliver(&Reply::default().plain(text), Vec::new())
            .await
    }

    /// The id of the document of a name; when the command was begun before, the one that had the name then, and not one
    /// that was taught under it since. `None` when there is no such document.
    async fn document_to_forget(&self, name: &str) -> Result<Option<String>, Failure> {
        if let Some(id) = self.aimed_at().await? {
            return Ok(Some(id));
        }
        let request = GetDocumentRequest {
            space: self.space.clone(),
            document: name.to_owned(),
        };
        let found = self.call(|| async { self.ingestion().get_document(request.clone()).await });
        let found = match found.await {
            Err(failure) if failure.is_not_found() => return Ok(None),
            found => found?,
        };
        let id = found.document.unwrap_or_default().id;
        self.aim(&id).await?;
        Ok(Some(id))
    }

    async fn delete_document(&self, document: String) -> Result<(), Failure> {
        let request = DeleteDocumentRequest {
            space: self.space.clone(),
            document,
        };
        let deleted =
            self.call(|| async { self.ingestion().delete_document(request.clone()).await });
        match deleted.await {
            // A restart came between the deletion and its reply.
            Err(failure) if failure.is_not_found() => Ok(()),
            deleted => deleted.map(|_| ()),
        }
    }

    pub(super) async fn reset(&self) -> Result<(), Failure> {
        let again = self.aimed_at().await?.is_some();
        self.aim(&self.incoming.conversation).await?;
        let request = ResetConversationRequest {
            space: self.space.clone(),
            conversation: self.incoming.conversation.clone(),
        };
        let reset =
            self.call(|| async { self.generation().reset_conversation(request.clone()).await });
        let turns = reset.await?.turns;
        let text = if again && turns == 0 {
            // They were forgotten before a restart, which nobody counted.
            self.locale().text("reset-again")
        } else {
            self.locale().format("reset", [("turns", turns.into())])
        };
        self.deliver(&Reply::default().plain(text), Vec::new())
            .await
    }
}

/// The beginning of a text, in one paragraph.
pub(super) fn excerpt(text: &str, most: usize) -> String {
    let words: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = words.chars().take(most).collect();
    if short.len() < words.len() {
        short.push('…');
    }
    short
}
