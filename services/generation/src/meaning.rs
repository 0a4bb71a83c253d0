//! What statements and questions mean, as the embedding model has it: quotes are chosen by it, and topics are found.

use std::time::Duration;

use stoa_kit::{grpc, wire};
use stoa_language::Reading;
use stoa_proto::{
    embedding::{
        EmbedRequest, EmbedResponse, GetModelRequest, TextKind,
        embedding_service_client::EmbeddingServiceClient,
    },
    generation::AnswerPart,
};
use tokio::sync::OnceCell;
use tonic::Status;

use crate::{
    check::Ground,
    quote::{self, Nearness, Quoted, Quoting},
    topics::{Topic, group},
};

/// How long is waited for vectors; without them words decide alone.
const PATIENCE: Duration = Duration::from_secs(2);
/// Texts that one call embeds.
const TEXTS: usize = 256;
/// Characters of a question that are compared: its end says what is wanted.
const QUESTION: usize = 400;

/// The embedding service.
#[derive(Debug)]
pub(crate) struct Meaning {
    client: EmbeddingServiceClient<grpc::Client>,
    nearness: OnceCell<Nearness>,
}

impl Meaning {
    pub(crate) fn new(client: EmbeddingServiceClient<grpc::Client>) -> Self {
        Self {
            client,
            nearness: OnceCell::new(),
        }
    }

    /// The statements of the sources that answer the question, the best first. Empty when none does.
    pub(crate) async fn quote(&self, ground: Ground<'_>) -> Vec<Quoted> {
        let questions = quote::questions(ground.question);
        let mut quotes: Vec<Quoted> = Vec::new();
        // Each part is searched for by itself: joined, the words of one would count against what answers the other.
        for question in questions.iter().filter(|_| questions.len() > 1) {
            let question = Reading::in_language(question, ground.question.language);
            let one = Ground {
                question: &question,
                ..ground
            };
            for quoted in self.quote_one(one).await {
                if !quotes.contains(&quoted) {
                    quotes.push(quoted);
                }
            }
        }
        // None of the parts has an answer, or there is one question only.
        if quotes.is_empty() {
            quotes = self.quote_one(ground).await;
        }
        quotes
    }

    /// The cosine of a text with each of some others, all of them statements; nothing where they cannot be compared.
    pub(crate) async fn likeness(&self, text: &str, others: &[String]) -> Option<Vec<f32>> {
        let texts = [&[text.to_owned()], others].concat();
        // Statements are compared with one another, so all of them are read as passages.
        let embedding = self.embed(TextKind::Passage, &texts);
        let vectors = match tokio::time::timeout(PATIENCE, embedding).await {
            Ok(Ok(vectors)) => vectors,
            Ok(Err(status)) => {
                tracing::warn!(
                    "statements are compared by words alone: {}",
                    status.message()
                );
                return None;
            }
            Err(_) => return None,
        };
        let (own, others) = vectors.split_first()?;
        Some(others.iter().map(|other| cosine(own, other)).collect())
    }

    /// Groups questions by what they are about.
    pub(crate) async fn topics(&self, questions: &[String]) -> Result<Vec<Topic>, Status> {
        if questions.is_empty() {
            return Ok(Vec::new());
        }
        let least = self.nearness().await?.alike();
        let ends: Vec<String> = questions.iter().map(|text| end(text).to_owned()).collect();
        let mut vectors = Vec::with_capacity(ends.len());
        for texts in ends.chunks(TEXTS) {
            vectors.extend(self.embed(TextKind::Query, texts).await?);
        }
        Ok(group(&vectors, least))
    }

    async fn quote_one(&self, ground: Ground<'_>) -> Vec<Quoted> {
        if ground.sources.is_empty() {
            return Vec::new();
        }
        if ground.without.has(AnswerPart::Meaning) {
            return Quoting::new(ground, None).answer();
        }
        let nearness = tokio::time::timeout(PATIENCE, self.nearness()).await;
        let nearness = nearness.unwrap_or_else(|_| Err(Status::deadline_exceeded("no answer")));
        let mut quoting = Quoting::new(ground, nearness.as_ref().ok().copied());
        let compared = match nearness {
            Ok(_) => {
                let comparing = self.compare(&mut quoting, &ground.question.text);
                tokio::time::timeout(PATIENCE, comparing)
                    .await
                    .unwrap_or_else(|_| Err(Status::deadline_exceeded("no vectors")))
            }
            Err(status) => Err(status),
        };
        if let Err(status) = compared {
            tracing::warn!(
                "quotes are chosen by their words alone: {}",
                status.message()
            );
        }
        quoting.answer()
    }

    async fn compare(&self, quoting: &mut Quoting<'_>, question: &str) -> Result<(), Status> {
        let question = [end(question).to_owned()];
        loop {
            let statements = quoting.next_statements();
            if statements.is_empty() {
                return Ok(());
            }
            // The service has the question's vector from the search.
            let (question, statements) = tokio::try_join!(
                self.embed(TextKind::Query, &question),
                self.embed(TextKind::Passage, &statements)
            )?;
            let cosines: Vec<f32> = statements
                .iter()
                .map(|statement| cosine(&question[0], statement))
                .collect();
            quoting.compare(&cosines);
        }
    }

    /// What the model's cosines mean.
    async fn nearness(&self) -> Result<Nearness, Status> {
        let ask = || async {
            let model = self.client.clone().get_model(GetModelRequest {}).await?;
            let model = model.into_inner();
            Ok(Nearness::new(model.unrelated, model.paraphrase))
        };
        self.nearness.get_or_try_init(ask).await.copied()
    }

    async fn embed(&self, kind: TextKind, texts: &[String]) -> Result<Vec<Vec<f32>>, Status> {
        let request = EmbedRequest {
            kind: kind.into(),
            texts: texts.to_vec(),
        };
        let response = self.client.clone().embed(request).await?.into_inner();
        vectors(&response)
            .filter(|vectors| vectors.len() == texts.len())
            .ok_or_else(|| Status::internal("the vectors are cut"))
    }
}

/// Vectors of the service have length 1, so their product is the cosine.
fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn vectors(response: &EmbedResponse) -> Option<Vec<Vec<f32>>> {
    let values = wire::unpack_f32(&response.vectors)?;
    let length = response.dimensions.max(1) as usize;
    Some(values.chunks_exact(length).map(<[f32]>::to_vec).collect())
}

/// The end of a long question.
fn end(question: &str) -> &str {
    let begin = question.char_indices().rev().take(QUESTION).last();
    &question[begin.map_or(0, |(at, _)| at)..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_question_is_compared_by_its_end() {
        let log = "出错 ".repeat(QUESTION);
        let question = format!("{log}How do I open it?");
        assert!(end(&question).ends_with("How do I open it?"));
        assert_eq!(end(&question).chars().count(), QUESTION);
        assert_eq!((end("short"), end("")), ("short", ""));
    }

    #[test]
    fn vectors_that_are_cut_are_none() {
        let response = |bytes: usize| EmbedResponse {
            dimensions: 2,
            vectors: vec![0; bytes],
            ..EmbedResponse::default()
        };
        assert_eq!(vectors(&response(16)).map(|vectors| vectors.len()), Some(2));
        assert_eq!(vectors(&response(15)), None);
    }
}
