//! Every figure Stoa promises, each with its peer or limit, measured in one run.

mod answering;
mod bare;
mod building;
mod chatting;
mod cranfield;
mod embedding;
mod pumpkin;
mod report;
mod searching;
mod starting;

use std::path::PathBuf;

use anyhow::{Result, bail};
use stoa_tests::Home;

use crate::{cranfield::Cranfield, pumpkin::PumpkinBook, report::Report};

const USAGE: &str = "\
make bench                     all figures; the clean build takes a quarter of an hour
make bench ONLY=\"search answer\"  some of them: embed, learn, search, answer, chat, memory, start, build
STOA_BENCH_DATA=DIR            where cranfield/{corpus.jsonl,queries.jsonl,qrels.tsv} is, and
                               pumpkin_book/{pumpkin_book.pdf,questions.jsonl} (default ../shared/data)";

const PARTS: [&str; 8] = [
    "embed", "learn", "search", "answer", "chat", "memory", "start", "build",
];

fn main() -> Result<()> {
    let only: Vec<String> = std::env::args().skip(1).collect();
    if only.iter().any(|part| !PARTS.contains(&part.as_str())) {
        bail!("there is no such part\n{USAGE}");
    }
    let wanted = |part: &str| only.is_empty() || only.iter().any(|other| other == part);
    let data = std::env::var_os("STOA_BENCH_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data")),
        PathBuf::from,
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut report = Report::default();

    if wanted("start") {
        starting::measure(&mut report)?;
    }
    if wanted("memory") {
        starting::memory(&mut report)?;
    }
    if ["embed", "learn", "search", "answer"]
        .into_iter()
        .any(wanted)
    {
        let corpus = Cranfield::read(&data.join("cranfield"))?;
        // Every question is put to the model, however little the abstracts say about it.
        let writer = format!("generation.model={}", bare::WRITER);
        let home = Home::with(&["generation.min_score=0", &writer]);
        let stoa = home.up(&[])?;
        if wanted("embed") {
            runtime.block_on(embedding::measure(&stoa, &corpus, &mut report))?;
        }
        if wanted("learn") || wanted("search") || wanted("answer") {
            runtime.block_on(searching::learn(&stoa, &corpus, &mut report))?;
        }
        if wanted("search") {
            runtime.block_on(searching::measure(&stoa, &corpus, &mut report))?;
        }
        if wanted("answer") {
            runtime.block_on(answering::measure(&stoa, &corpus, &mut report))?;
        }
    }
    if wanted("search") {
        let book = PumpkinBook::read(&data.join("pumpkin_book"))?;
        let home = Home::with(&[]);
        let stoa = home.up(&[])?;
        runtime.block_on(pumpkin::measure(&stoa, &book, &mut report))?;
    }
    if wanted("chat") {
        chatting::measure(&runtime, &mut report)?;
    }
    if wanted("build") {
        building::measure(&mut report)?;
    }
    report.print();
    Ok(())
}
