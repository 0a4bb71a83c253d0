//! What learning and searching cost in the embedded index as it grows, and what it takes. The texts are made up, and their
//! vectors cost nothing.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use futures::{StreamExt, TryStreamExt, stream};
use stoa_kit::wire;
use stoa_proto::{
    embedding::{GetModelRequest, embedding_service_client::EmbeddingServiceClient},
    retrieval::{
        PassageRecord, PublishRequest, SearchRequest, UpsertRequest,
        retrieval_service_client::RetrievalServiceClient,
    },
};
use stoa_tests::{
    Home, Stoa,
    endpoint::{Endpoint, KEY, Writes},
};
use uuid::Uuid;

use crate::{
    report::{Goal, Report, percentile},
    starting::resident,
};

/// How many passages the index grows to where nobody says another number.
const PASSAGES: usize = 40_000;
/// Parts of the growth that are measured for themselves.
const PARTS: usize = 8;
/// Passages of a document, and words of a passage.
const OF_A_DOCUMENT: usize = 16;
const WORDS: usize = 130;
/// Documents on their way at once, as many as ingestion has workers.
const AT_ONCE: usize = 16;
const SEARCHES: usize = 40;
const DIMENSIONS: usize = 384;
const SPACE: &str = "growth";
/// Syllables of the words.
const SYLLABLES: [&str; 20] = [
    "ba", "co", "du", "fe", "gi", "ho", "ju", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo",
    "wa", "xe", "yo", "zu",
];

/// What was measured of one step, in which so many passages came.
struct Step {
    /// Passages that were there at its end.
    passages: usize,
    /// Passages a second.
    speed: f64,
    /// Of a search at its end, in milliseconds.
    search: f64,
}

/// Numbers that are the same in each run (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to 1.
    fn share(&mut self) -> f64 {
        (self.draw() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A word: few are in many texts and most in few.
    fn word(&mut self) -> String {
        let mut number = (160_000.0 * self.share().powi(4)) as usize;
        let mut word = String::new();
        for _ in 0..4 {
            word += SYLLABLES[number % SYLLABLES.len()];
            number /= SYLLABLES.len();
        }
        word
    }

    fn text(&mut self, words: usize) -> String {
        let words: Vec<String> = (0..words).map(|_| self.word()).collect();
        words.join(" ")
    }

    fn vector(&mut self) -> Vec<f32> {
        (0..DIMENSIONS)
            .map(|_| (self.share() - 0.5) as f32)
            .collect()
    }
}

pub(crate) async fn measure(report: &mut Report) -> Result<()> {
    let goal = match std::env::var("STOA_BENCH_GROWTH") {
        Ok(number) => number
            .parse()
            .context("STOA_BENCH_GROWTH is a number of passages, such as 200000")?,
        Err(_) => PASSAGES,
    };
    let endpoint = Endpoint::start(DIMENSIONS, Writes::All(&[]));
    let url = format!("embedding.url={}", endpoint.url);
    let dimensions = format!("embedding.dimensions={DIMENSIONS}");
    let home = Home::with(&[
        "generation.model=extractive",
        "embedding.model=made-up",
        &url,
        &dimensions,
    ])
    .env("STOA_EMBEDDING_API_KEY", KEY);
    let stoa = home.up(&[])?;
    let model = EmbeddingServiceClient::new(stoa.channel())
        .get_model(GetModelRequest {})
        .await?
        .into_inner()
        .model;
    let folder = home.data().join("index");
    let (memory, disk) = (resident(&stoa.pid().to_string())?, taken(&folder));
    let mut parts: Vec<Step> = Vec::new();
    let each = goal.div_ceil(PARTS * OF_A_DOCUMENT).max(1);
    for number in 0..PARTS {
        let took = learn(&stoa, &model, number * each..(number + 1) * each).await?;
        let part = Step {
            passages: (number + 1) * each * OF_A_DOCUMENT,
            speed: (each * OF_A_DOCUMENT) as f64 / took.as_secs_f64(),
            search: search(&stoa).await?,
        };
        let first = parts.first().unwrap_or(&part);
        eprintln!(
            "{:>7} passages: {:>6.0}/s, {:.2} of the first; search {:.1} ms, {:.2} of the first; {:.0} MB of memory, \
             {:.0} MB on disk",
            part.passages,
            part.speed,
            part.speed / first.speed,
            part.search,
            part.search / first.search,
            resident(&stoa.pid().to_string())? / 1e6,
            taken(&folder) / 1e6,
        );
        parts.push(part);
    }
    let memory = resident(&stoa.pid().to_string())? - memory;
    let disk = taken(&folder) - disk;
    add(report, &parts, memory, disk)
}

fn add(report: &mut Report, parts: &[Step], memory: f64, disk: f64) -> Result<()> {
    let (first, last) = (
        parts.first().context("there are parts")?,
        parts.last().context("there are parts")?,
    );
    let thousands = last.passages as f64 / 1e3;
    report.add(
        "learning at the end of the growth, of its begin",
        last.speed / first.speed,
        "",
        Goal::AtLeast(0.5),
        format!(
            "{:.0} passages/s at {} against {:.0} at {}",
            last.speed, last.passages, first.speed, first.passages
        ),
    );
    report.add(
        "search at the end of the growth, p50",
        last.search,
        "ms",
        Goal::AtMost(100.0),
        format!("{:.1} ms at {} passages", first.search, first.passages),
    );
    report.add(
        "memory of the index, of 1,000 passages",
        memory / 1e6 / thousands,
        "MB",
        Goal::AtMost(6.0),
        format!("{:.0} MB, files that are mapped included", memory / 1e6),
    );
    report.add(
        "disk of the index, of 1,000 passages",
        disk / 1e6 / thousands,
        "MB",
        Goal::AtMost(6.0),
        format!("{:.0} MB", disk / 1e6),
    );
    Ok(())
}

/// Writes and shows documents as ingestion does.
async fn learn(stoa: &Stoa<'_>, model: &str, numbers: std::ops::Range<usize>) -> Result<Duration> {
    // Made up before the clock runs.
    let documents: Vec<UpsertRequest> = numbers.map(|number| document(model, number)).collect();
    let began = Instant::now();
    let client = RetrievalServiceClient::new(stoa.channel());
    let work = documents.into_iter().map(|document| {
        let mut client = client.clone();
        let publish = PublishRequest {
            space: document.space.clone(),
            document_id: document.document_id.clone(),
            version: document.version,
            passages: u32::try_from(document.passages.len()).unwrap_or(u32::MAX),
        };
        async move {
            client.upsert(document).await?;
            client.publish(publish).await?;
            anyhow::Ok(())
        }
    });
    let work = stream::iter(work).buffer_unordered(AT_ONCE);
    work.try_collect::<Vec<()>>().await?;
    Ok(began.elapsed())
}

fn document(model: &str, number: usize) -> UpsertRequest {
    let mut numbers = Numbers(number as u64);
    let passages = (0..OF_A_DOCUMENT).map(|ordinal| PassageRecord {
        ordinal: u32::try_from(ordinal).unwrap_or(u32::MAX),
        text: numbers.text(WORDS),
        vector: wire::pack_f32(&numbers.vector()),
        language: "eng".to_owned(),
        ..PassageRecord::default()
    });
    UpsertRequest {
        space: SPACE.to_owned(),
        passages: passages.collect(),
        document_id: Uuid::from_u128(number as u128 + 1).to_string(),
        version: 1,
        document: format!("{number}.txt"),
        collection: "default".to_owned(),
        model: model.to_owned(),
        ..UpsertRequest::default()
    }
}

/// How long half of the searches take at most, in milliseconds.
async fn search(stoa: &Stoa<'_>) -> Result<f64> {
    let mut client = RetrievalServiceClient::new(stoa.channel());
    let mut numbers = Numbers(u64::MAX / 2);
    let mut millis = Vec::new();
    for _ in 0..SEARCHES {
        let request = SearchRequest {
            space: SPACE.to_owned(),
            query: numbers.text(8),
            ..SearchRequest::default()
        };
        let began = Instant::now();
        client.search(request).await?;
        millis.push(began.elapsed().as_secs_f64() * 1e3);
    }
    Ok(percentile(&mut millis, 0.5))
}

/// Bytes that a folder takes on the disk.
fn taken(folder: &Path) -> f64 {
    // The index makes and removes files while it is looked at.
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(found) if found.is_dir() => taken(&entry.path()),
            Ok(found) => found.blocks() as f64 * 512.0,
            Err(_) => 0.0,
        })
        .sum()
}
