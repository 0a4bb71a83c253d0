//! What a user does, from the first start to the last answer, through the real program.

use serde_json::Value;
use stoa_tests::{Home, Stoa, files, write};

const HANDBOOK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/handbook");

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field} is text: {value}"))
}

#[test]
fn a_newcomer_teaches_asks_and_forgets() {
    let home = Home::new();
    let stoa = home.up(&["--learn", HANDBOOK]).expect("starts");
    the_handbook_is_known_and_not_learned_again(&stoa);
    an_answer_cites_what_carries_it(&stoa);
    an_installation_is_checked_by_what_is_cited(&stoa);
    what_the_documents_do_not_say_is_not_invented(&stoa);
    a_follow_up_is_understood(&stoa);
    search_gives_passages_best_first(&stoa);
    changed_bytes_replace_the_document(&stoa);
    a_forgotten_document_answers_no_more(&stoa);
    the_doctor_finds_nothing(&stoa);
    assert!(stoa.interrupt(), "Ctrl-C ends it well:\n{}", home.log());
    assert_eq!(home.processes(), [], "nothing is left running");

    let stoa = home.up(&["--learn", HANDBOOK]).expect("starts again");
    let documents = stoa.good(&["documents"]);
    assert_eq!(
        documents["documents"].as_array().expect("a list").len(),
        3,
        "what was taught is still there"
    );
    assert!(
        stoa.run(&["ask", "How long is parental leave?"])
            .status
            .success()
    );
}

fn the_handbook_is_known_and_not_learned_again(stoa: &Stoa<'_>) {
    let learned = stoa.good(&["learn", HANDBOOK]);
    let jobs = learned["jobs"].as_array().expect("a list");
    assert_eq!(jobs.len(), 3);
    for job in jobs {
        for field in ["id", "document", "source", "state"] {
            assert!(!text(job, field).is_empty(), "{job}");
        }
        assert_eq!(job["state"], "succeeded");
        assert!(job["passages"].as_u64() > Some(0), "{job}");
        assert_eq!(job["error"], Value::Null);
    }
    let listed = stoa.good(&["jobs", "--limit", "3"]);
    for job in listed["jobs"].as_array().expect("a list") {
        assert_eq!(
            job["unchanged"], true,
            "the same bytes are not embedded again: {job}"
        );
    }
}

fn an_answer_cites_what_carries_it(stoa: &Stoa<'_>) {
    let answer = stoa.good(&["ask", "How many days of vacation does an employee get?"]);
    assert_eq!(answer["abstained"], false, "{answer}");
    assert!(text(&answer, "answer").contains("27 days"), "{answer}");
    assert!(text(&answer, "answer").contains("[1]"), "{answer}");
    let citation = &answer["citations"][0];
    assert!(
        text(citation, "document").ends_with("time-off.md"),
        "{citation}"
    );
    let cited = text(citation, "passage_id");
    let passages = answer["passages"].as_array().expect("a list");
    let passage = passages
        .iter()
        .find(|passage| text(passage, "id") == cited)
        .expect("the cited passage is there");
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        plain(text(passage, "text")).contains(&plain(text(citation, "quote"))),
        "the quote is in its passage"
    );
    for field in ["n", "score"] {
        assert!(citation[field].is_number(), "{citation}");
    }
    for field in ["retrieval_ms", "first_token_ms", "total_ms"] {
        assert!(answer["timings"][field].as_f64() > Some(0.0), "{answer}");
    }
    assert!(!text(&answer, "model").is_empty() && !text(&answer, "turn_id").is_empty());
}

/// `helm test` has no shell to look at an answer with.
fn an_installation_is_checked_by_what_is_cited(stoa: &Stoa<'_>) {
    let question = "How many days of vacation does an employee get?";
    let answer = stoa.good(&["ask", question]);
    let cited = text(&answer["citations"][0], "document");
    let asked = |document| {
        let asked = stoa.run(&["ask", question, "--expect-source", document]);
        asked.status.success()
    };
    assert!(asked(cited));
    assert!(!asked("another.md"));
}

fn what_the_documents_do_not_say_is_not_invented(stoa: &Stoa<'_>) {
    for question in [
        "Who won the football world cup in 1998?",
        "What is the boiling point of tungsten?",
        "谁发明了电话？",
    ] {
        let answer = stoa.good(&["ask", question]);
        assert_eq!(answer["abstained"], true, "{answer}");
        assert_eq!(answer["citations"], Value::Array(Vec::new()));
    }
}

fn a_follow_up_is_understood(stoa: &Stoa<'_>) {
    stoa.good(&[
        "ask",
        "How many days of vacation does an employee get?",
        "--conversation",
        "c1",
    ]);
    let answer = stoa.good(&["ask", "When do they expire?", "--conversation", "c1"]);
    assert!(text(&answer, "answer").contains("31 March"), "{answer}");
}

fn search_gives_passages_best_first(stoa: &Stoa<'_>) {
    let found = stoa.good(&["search", "Are dogs allowed in the office?", "--limit", "3"]);
    let passages = found["passages"].as_array().expect("a list");
    assert!((1..=3).contains(&passages.len()));
    assert!(
        text(&passages[0], "text").contains("Dogs are welcome in Tartu"),
        "{found}"
    );
    for field in ["id", "document", "title", "text"] {
        assert!(!text(&passages[0], field).is_empty());
    }
    assert_eq!(passages[0]["page"], Value::Null, "Markdown has no pages");
}

fn changed_bytes_replace_the_document(stoa: &Stoa<'_>) {
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = write(
        folder.path(),
        "canteen.md",
        "# Canteen\n\nThe canteen serves soup on Mondays at noon.\n",
    );
    stoa.good(&["learn", &path]);
    write(
        folder.path(),
        "canteen.md",
        "# Canteen\n\nThe canteen serves curry on Mondays at noon.\n",
    );
    stoa.good(&["learn", &path]);
    let found = stoa.good(&[
        "search",
        "What does the canteen serve on Mondays?",
        "--limit",
        "20",
    ]);
    let texts: Vec<&str> = found["passages"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|p| text(p, "text"))
        .collect();
    assert!(texts.iter().any(|text| text.contains("curry")), "{texts:?}");
    assert!(!texts.iter().any(|text| text.contains("soup")), "{texts:?}");
    let documents = stoa.good(&["documents"]);
    let canteen = documents["documents"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|d| d["name"] == "canteen.md");
    assert_eq!(canteen.expect("listed")["version"], 2);
}

fn a_forgotten_document_answers_no_more(stoa: &Stoa<'_>) {
    let forgotten = stoa.good(&["forget", "canteen.md"]);
    assert_eq!(forgotten["remaining"], 0);
    let found = stoa.good(&["search", "curry soup canteen Mondays", "--limit", "50"]);
    assert!(!found.to_string().contains("curry"), "{found}");
    let output = stoa.run(&["forget", "canteen.md"]);
    assert!(!output.status.success());
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("stoa documents"),
        "the error names the next step"
    );
}

fn the_doctor_finds_nothing(stoa: &Stoa<'_>) {
    let report = stoa.good(&["doctor"]);
    assert_eq!(report["ok"], true, "{report}");
    for check in report["checks"].as_array().expect("a list") {
        assert!(
            check["ok"].is_boolean() && check["detail"].is_string(),
            "{check}"
        );
    }
}

#[test]
fn the_language_model_answers_with_checked_citations() {
    let home = Home::with(&[]);
    let stoa = home.up(&["--learn", HANDBOOK]).expect("starts");
    for (question, words) in [
        (
            "How many weeks of parental leave does a new parent get?",
            "16 weeks",
        ),
        ("When does the office in Tartu open?", "Tartu"),
        ("After how many years is a laptop replaced?", "four years"),
    ] {
        let answer = stoa.good(&["ask", question]);
        assert_eq!(answer["abstained"], false, "{answer}");
        assert!(
            text(&answer, "answer").contains(words),
            "{question}: {answer}"
        );
        assert!(
            !answer["citations"].as_array().expect("a list").is_empty(),
            "{answer}"
        );
    }
    let answer = stoa.good(&["ask", "Who is the president of France?"]);
    assert_eq!(answer["abstained"], true, "{answer}");
}

#[test]
fn every_format_is_read_and_bad_files_do_not_stop_good_ones() {
    let home = Home::new();
    let stoa = home.up(&[]).expect("starts");
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = folder.path();
    write(
        path,
        "a.md",
        "# Harbour\n\nThe lighthouse keeper is called Amaranth.\n",
    );
    write(
        path,
        "b.txt",
        "The second keeper is called Bergamot, and he tends the foghorn.\n",
    );
    write(
        path,
        "c.html",
        "<html><body><h1>Keepers</h1><p>The third keeper is called Cardamom.</p></body></html>",
    );
    write(path, "d.csv", "keeper,name\nfourth,Dandelion\n");
    write(
        path,
        "e.docx",
        files::docx("Keepers", &["The fifth keeper is called Elderberry."]),
    );
    write(
        path,
        "f.pptx",
        files::pptx(&["An empty title", "The sixth keeper is called Fennel."]),
    );
    write(
        path,
        "g.xlsx",
        files::xlsx(&[&["keeper", "name"], &["seventh", "Ginger"]]),
    );
    write(
        path,
        "h.epub",
        files::epub("Keepers", "The eighth keeper is called Hyssop."),
    );
    write(
        path,
        "i.pdf",
        files::pdf(&[
            "The first page says little.",
            "The ninth keeper is called Juniper.",
        ]),
    );
    write(path, "j.txt", GBK);
    // What is broken: each says why, and none keeps the others from being taught.
    write(path, "x1.pdf", files::pdf(&["", ""]));
    write(path, "x2.pdf", files::encrypted_pdf());
    let whole = files::docx("Cut", &["This one is cut off in the middle of its bytes."]);
    write(path, "x3.docx", &whole[..whole.len() * 2 / 3]);
    write(path, "x4.xlsx", files::bomb(300));
    write(
        path,
        "x5.pdf",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0",
    );
    let junk: Vec<u8> = (0..20_000_u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    write(path, "x6.txt", junk);
    write(path, "x7.txt", "\u{c}one page of it ".repeat(10_050));
    write(path, "x8.md", "");

    let (good, learned) = stoa.json(&["learn", &path.display().to_string()]);
    assert!(!good, "bad files make it fail");
    for job in learned["jobs"].as_array().expect("a list") {
        let bad = text(job, "source")
            .rsplit('/')
            .next()
            .expect("a name")
            .starts_with('x');
        assert_eq!(
            text(job, "state"),
            if bad { "failed" } else { "succeeded" },
            "{job}"
        );
        if bad {
            assert!(
                !text(&job["error"], "reason").is_empty()
                    && !text(&job["error"], "stage").is_empty(),
                "{job}"
            );
        }
    }
    let reason = |name: &str| {
        let jobs = learned["jobs"].as_array().expect("a list");
        let job = jobs
            .iter()
            .find(|job| text(job, "source").ends_with(name))
            .expect("reported");
        (
            text(&job["error"], "stage").to_owned(),
            text(&job["error"], "reason").to_owned(),
        )
    };
    for (name, stage, words) in [
        ("x1.pdf", "parse", "no text"),
        ("x2.pdf", "parse", "encrypted"),
        ("x3.docx", "parse", "damaged"),
        ("x4.xlsx", "parse", "unpacks to more than"),
        ("x5.pdf", "parse", "image/png"),
        ("x6.txt", "parse", "not a document"),
        ("x7.txt", "parse", "10051 pages"),
        ("x8.md", "submit", "empty"),
    ] {
        let (at, why) = reason(name);
        assert!(at == stage && why.contains(words), "{name}: {at}: {why}");
    }
    for (n, name) in [
        "Amaranth",
        "Bergamot",
        "Cardamom",
        "Dandelion",
        "Elderberry",
        "Fennel",
        "Ginger",
        "Hyssop",
        "Juniper",
        "迷迭香",
    ]
    .into_iter()
    .enumerate()
    {
        let found = stoa.good(&["search", name, "--mode", "keyword", "--limit", "3"]);
        assert!(
            found.to_string().contains(name),
            "document {n} answers to {name}: {found}"
        );
    }
    let page_of = |name: &str| {
        stoa.good(&["search", name, "--mode", "keyword", "--limit", "1"])["passages"][0]["page"]
            .clone()
    };
    assert_eq!(page_of("Juniper"), 2, "pages count from 1");
    assert_eq!(page_of("Fennel"), 2, "slides are pages");
}

/// 灯塔的第十位看守人名叫迷迭香，他负责在夜里点亮灯塔上的灯，并且记录海上的天气。 in the encoding of mainland China.
const GBK: &[u8] = include_bytes!("gbk.bin");

#[test]
fn a_folder_of_many_files_is_learned_whole() {
    const FILES: usize = 150;
    let home = Home::new();
    let stoa = home.up(&[]).expect("starts");
    let folder = tempfile::tempdir().expect("temporary folder");
    for n in 0..FILES {
        let text = format!("Shelf number {n} holds the book of codeword{n}.");
        write(folder.path(), &format!("{}/{n}.txt", n % 7), text);
    }
    let learned = stoa.good(&["learn", &folder.path().display().to_string()]);
    assert_eq!(learned["jobs"].as_array().expect("a list").len(), FILES);
    let listed = stoa.good(&["documents"]);
    assert_eq!(listed["documents"].as_array().expect("a list").len(), FILES);
    let found = stoa.good(&["search", "codeword149", "--mode", "keyword", "--limit", "5"]);
    assert!(
        text(&found["passages"][0], "text").contains("codeword149"),
        "{found}"
    );
}

#[test]
fn two_spaces_never_see_each_other() {
    let home = Home::new();
    let stoa = home.up(&[]).expect("starts");
    let folder = tempfile::tempdir().expect("temporary folder");
    let ours = write(
        folder.path(),
        "plan.md",
        "# Plan\n\nThe secret codeword of the north team is Nightingale.\n",
    );
    stoa.good(&["learn", &ours, "--space", "north"]);
    let theirs = write(
        folder.path(),
        "south/plan.md",
        "# Plan\n\nThe secret codeword of the south team is Woodpecker.\n",
    );
    stoa.good(&["learn", &theirs, "--space", "south"]);
    let question = "What is the secret codeword of the team?";
    for (space, own, other) in [
        ("north", "Nightingale", "Woodpecker"),
        ("south", "Woodpecker", "Nightingale"),
    ] {
        for command in [
            &["ask", question][..],
            &["search", question],
            &["documents"],
            &["jobs"],
        ] {
            let answer = stoa
                .good(&[command, &["--space", space]].concat())
                .to_string();
            assert!(!answer.contains(other), "{space} {command:?}: {answer}");
            assert!(
                command.len() == 1 || answer.contains(own),
                "{space} {command:?}: {answer}"
            );
        }
    }
    let answer = stoa.good(&["ask", question, "--space", "elsewhere"]);
    assert_eq!(answer["abstained"], true);
    // The name is the same in both: forgetting one leaves the other.
    stoa.good(&["forget", "plan.md", "--space", "north"]);
    assert!(
        stoa.good(&["search", question, "--space", "south"])
            .to_string()
            .contains("Woodpecker")
    );
    assert!(
        !stoa.run(&["ask", "x", "--space", "a b"]).status.success(),
        "a name that is no space is refused"
    );
}
