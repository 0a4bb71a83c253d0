//! Vectors through the gRPC service, against ONNX Runtime called bare.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures::{StreamExt, TryStreamExt};
use stoa_proto::embedding::{
    EmbedRequest, TextKind, embedding_service_client::EmbeddingServiceClient,
};
use stoa_tests::Stoa;

use crate::{
    bare::BareEmbedder,
    corpus::Corpus,
    report::{Goal, Report},
};

/// Longest text the model reads, in tokens.
const MAX_TOKENS: usize = 256;
/// Texts of a request, and requests under way: enough callers for the service to see as much as the peer.
const REQUEST: usize = 64;
const AT_ONCE: usize = 8;
/// Turns of each side, taken alternately so that a busy machine slows both.
const ROUNDS: usize = 3;

pub(crate) async fn measure(stoa: &Stoa<'_>, corpus: &Corpus, report: &mut Report) -> Result<()> {
    let mut bare = BareEmbedder::load()?;
    let mut texts = Vec::new();
    for text in corpus.texts.iter().map(|text| &text.text) {
        let tokens = bare.tokens(text)?.len();
        if (3..=MAX_TOKENS).contains(&tokens) {
            texts.push(text.clone());
        }
    }
    texts.truncate(512);
    let (mut ours, mut theirs) = (Duration::ZERO, Duration::ZERO);
    // The first turn of each is for warming up.
    for round in 0..=ROUNDS {
        // Short texts that were embedded before are not computed again.
        let texts: Vec<String> = texts
            .iter()
            .map(|text| format!("{round}: {text}"))
            .collect();
        let began = Instant::now();
        ensure!(bare.embed(&texts)? == texts.len(), "a vector is missing");
        let bare_took = began.elapsed();
        let began = Instant::now();
        let vectors = through_the_service(stoa, &texts).await?;
        ensure!(vectors == texts.len(), "a vector is missing");
        if round > 0 {
            theirs += bare_took;
            ours += began.elapsed();
        }
    }
    let total = (texts.len() * ROUNDS) as f64;
    let (ours, theirs) = (total / ours.as_secs_f64(), total / theirs.as_secs_f64());
    report.add(
        "embedding through gRPC, of bare ONNX Runtime",
        ours / theirs,
        "",
        Goal::AtLeast(0.9),
        format!("{ours:.1} texts/s against {theirs:.1}"),
    );
    Ok(())
}

async fn through_the_service(stoa: &Stoa<'_>, texts: &[String]) -> Result<usize> {
    let requests = texts.chunks(REQUEST).map(|part| {
        let mut client = EmbeddingServiceClient::new(stoa.channel());
        let request = EmbedRequest {
            kind: TextKind::Passage.into(),
            texts: part.to_vec(),
        };
        async move {
            let answer = client.embed(request).await?.into_inner();
            anyhow::Ok(answer.vectors.len() / 4 / answer.dimensions as usize)
        }
    });
    let counts: Vec<usize> = futures::stream::iter(requests)
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(counts.into_iter().sum())
}
