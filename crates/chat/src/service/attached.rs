//! Files that come with a question: short texts are read with it, and the others are named in a note under the answer.

use futures::StreamExt;
use stoa_proto::MAX_QUESTION_BYTES;
use stoa_reply::Reply;

use super::{Failure, Task};
use crate::{
    command::Attachment,
    platform::{Platform, PlatformError},
};

/// What became of the files, by their names.
#[derive(Debug, Default)]
pub(super) struct Attached {
    read: Vec<String>,
    unread: Vec<String>,
}

impl<P: Platform> Task<'_, P> {
    /// The question with the texts of its files, as far as they fit beside it whole: a part could be taken for all.
    pub(super) async fn with_attached(
        &self,
        mut question: String,
    ) -> Result<(String, Attached), Failure> {
        let mut attached = Attached::default();
        for file in &self.incoming.attached {
            let name = file.name.clone();
            match self.text_of(file, &question).await? {
                Some(text) => {
                    question = format!("{question}\n\n{text}");
                    attached.read.push(name);
                }
                None => attached.unread.push(name),
            }
        }
        Ok((question, attached))
    }

    /// The text of a file; `None` when it is none, or does not fit beside the question.
    async fn text_of(&self, file: &Attachment, question: &str) -> Result<Option<String>, Failure> {
        // Two bytes are those between the two.
        let room = MAX_QUESTION_BYTES.saturating_sub(question.len() + 2);
        if !file.is_text || file.size > room as u64 {
            return Ok(None);
        }
        let platform = &self.service.platform;
        let download = || async {
            let mut parts = platform.open(&file.id).await?;
            let mut bytes = Vec::new();
            while let Some(part) = parts.next().await {
                bytes.extend_from_slice(&part?);
                // The platform may not have known its size.
                if bytes.len() > room {
                    return Ok(None);
                }
            }
            Ok::<Option<String>, PlatformError>(String::from_utf8(bytes).ok())
        };
        let text = self.ask_platform("what a file says", download).await?;
        let text = text.flatten().map(|text| text.trim().to_owned());
        Ok(text.filter(|text| !text.is_empty()))
    }

    /// Says under an answer which files it knew of, and which it did not.
    pub(super) fn with_notes(&self, mut reply: Reply, attached: &Attached) -> Reply {
        for (text, names) in [
            ("file-read", &attached.read),
            ("file-unread", &attached.unread),
        ] {
            if !names.is_empty() {
                let values = [
                    ("count", names.len().into()),
                    ("names", names.join(", ").into()),
                ];
                reply = reply.plain(self.locale().format(text, values));
            }
        }
        reply
    }
}
