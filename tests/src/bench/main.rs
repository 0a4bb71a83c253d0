//! Every figure Stoa promises, each with its peer or limit, measured in one run.

mod answering;
mod bare;
mod building;
mod chatting;
mod corpus;
mod embedding;
mod evaluating;
mod growth;
mod pumpkin;
mod report;
mod searching;
mod services;
mod starting;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use stoa_tests::Home;

use crate::{corpus::Corpus, pumpkin::PumpkinBook, report::Report};

const USAGE: &str = "\
make bench                     all figures; the clean build takes a quarter of an hour
make bench ONLY=\"search answer\"  some of them: embed, learn, search, eval, growth, answer, chat, memory, services,
                               start, build
STOA_BENCH_GROWTH=N            passages that the index grows to (default 40000)
STOA_BENCH_DATA=DIR            where cranfield/{corpus.jsonl,queries.jsonl,qrels.tsv} is, and
                               pumpkin_book/{pumpkin_book.pdf,questions.jsonl} (default ../shared/data); what is not
                               there is measured with documents that the project ships, or left out, and said";

const PARTS: [&str; 11] = [
    "embed", "learn", "search", "eval", "growth", "answer", "chat", "memory", "services", "start",
    "build",
];

/// The project's folder.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn main() -> Result<()> {
    let only: Vec<String> = std::env::args().skip(1).collect();
    if only.iter().any(|part| !PARTS.contains(&part.as_str())) {
        bail!("there is no such part\n{USAGE}");
    }
    let data = std::env::var_os("STOA_BENCH_DATA")
        .map_or_else(|| Path::new(ROOT).join("../shared/data"), PathBuf::from);
    let mut report = Report::default();
    let measured = measure(&only, &data, &mut report);
    // What was measured before something broke is not lost.
    report.print();
    measured
}

fn measure(only: &[String], data: &Path, report: &mut Report) -> Result<()> {
    let wanted = |part: &str| only.is_empty() || only.iter().any(|other| other == part);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    if wanted("start") {
        starting::measure(report)?;
    }
    if wanted("memory") {
        starting::memory(report)?;
    }
    if wanted("services") {
        services::measure(report)?;
    }
    if ["embed", "learn", "search", "eval", "answer"]
        .into_iter()
        .any(wanted)
    {
        let corpus = match Corpus::cranfield(&data.join("cranfield"))? {
            Some(corpus) => corpus,
            None => Corpus::shipped(Path::new(ROOT))?,
        };
        // Every question is put to the model, however little the texts say about it.
        let writer = format!("generation.model={}", bare::WRITER);
        let home = Home::with(&["generation.min_score=0", &writer]);
        let stoa = home.up(&[])?;
        if wanted("embed") {
            runtime.block_on(embedding::measure(&stoa, &corpus, report))?;
        }
        if ["learn", "search", "eval", "answer"]
            .into_iter()
            .any(wanted)
        {
            runtime.block_on(searching::learn(&stoa, &corpus, report))?;
        }
        if wanted("search") {
            runtime.block_on(searching::measure(&stoa, &corpus, report))?;
        }
        if wanted("eval") {
            evaluating::measure(&stoa, &corpus, report)?;
        }
        if wanted("answer") {
            runtime.block_on(answering::measure(&stoa, &corpus, report))?;
        }
    }
    if wanted("search") {
        let folder = data.join("pumpkin_book");
        match PumpkinBook::read(&folder)? {
            Some(book) => {
                let home = Home::with(&[]);
                let stoa = home.up(&[])?;
                runtime.block_on(pumpkin::measure(&stoa, &book, report))?;
            }
            None => {
                let why = format!("it is not in {} (STOA_BENCH_DATA)", folder.display());
                report.leave_out("the Chinese book", &why);
            }
        }
    }
    if wanted("growth") {
        runtime.block_on(growth::measure(report))?;
    }
    if wanted("chat") {
        chatting::measure(&runtime, report)?;
    }
    if wanted("build") {
        building::measure(report)?;
    }
    Ok(())
}
