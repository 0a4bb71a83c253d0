//! A real graph in ONNX Runtime: the smallest that reads both texts (`fixtures/overlap/make.py`).

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use stoa_models::{
    LoadError,
    entailment::{EntailmentError, EntailmentModel, Opinion, Pair, inspect},
};
use tempfile::TempDir;

const SETTING: &str = "checking.entailment";
const BOATS: &str = "Boats are lent to members. Boats are not lent to guests.";

fn assets() -> PathBuf {
    env::var_os("STOA_ASSETS_DIR").map_or_else(
        || dirs::cache_dir().expect("a home").join("stoa"),
        PathBuf::from,
    )
}

/// A folder with one of the graphs and these labels.
fn folder(graph: &str, labels: &[&str]) -> TempDir {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/overlap");
    let folder = tempfile::tempdir().expect("temporary folder");
    let copy = |from: &str, to: &str| {
        fs::copy(fixture.join(from), folder.path().join(to)).expect("copied");
    };
    copy(graph, "model.onnx");
    copy("tokenizer.json", "tokenizer.json");
    let labels: Vec<String> = labels
        .iter()
        .enumerate()
        .map(|(id, label)| format!("\"{id}\": \"{label}\""))
        .collect();
    let config = format!(
        "{{\"id2label\": {{{}}}, \"max_position_embeddings\": 32}}",
        labels.join(", ")
    );
    fs::write(folder.path().join("config.json"), config).expect("written");
    folder
}

const LABELS: [&str; 3] = ["entailment", "neutral", "contradiction"];

fn load(folder: &TempDir) -> Result<EntailmentModel, LoadError> {
    EntailmentModel::load(&assets(), SETTING, folder.path(), 1)
}

fn read(model: &EntailmentModel, pairs: &[(&str, &str)]) -> Result<Vec<Opinion>, EntailmentError> {
    let pairs = pairs.iter().map(|(premise, hypothesis)| Pair {
        premise: (*premise).to_owned(),
        hypothesis: (*hypothesis).to_owned(),
    });
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
        .block_on(model.read(pairs.collect()))
}

fn refusal(folder: &TempDir) -> String {
    match load(folder) {
        Ok(_) => panic!("it loads"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_model_reads_both_texts_whatever_its_graph_takes() {
    for graph in ["model.onnx", "segments.onnx", "fixed.onnx"] {
        let model = load(&folder(graph, &LABELS)).expect("it loads");
        let pairs = [
            ("Boats are lent to members.", "Boats are lent to members."),
            ("Boats are not lent to guests.", "Boats are lent to guests."),
            (BOATS, "The library opens."),
        ];
        // More than a batch, of different lengths.
        let many: Vec<(&str, &str)> = pairs.iter().copied().cycle().take(21).collect();
        let opinions = read(&model, &many).expect("it reads");
        assert_eq!(opinions.len(), many.len());
        for chunk in opinions.chunks(3) {
            assert!(chunk[0].entailed > 0.9, "{graph}: {chunk:?}");
            assert!(chunk[1].contradicted > 0.9, "{graph}: {chunk:?}");
            assert!(chunk[2].entailed < 0.5, "{graph}: {chunk:?}");
            assert!(chunk[2].contradicted < 0.5, "{graph}: {chunk:?}");
        }
    }
}

#[test]
fn labels_say_which_number_is_which() {
    let folder = folder("model.onnx", &["CONTRADICTION", "Neutral", "Entailment"]);
    let model = load(&folder).expect("it loads");
    let opinions = read(&model, &[("Boats are lent.", "Boats are lent.")]).expect("it reads");
    assert!(opinions[0].contradicted > 0.9, "{opinions:?}");
}

#[test]
fn a_folder_that_cannot_be_used_says_what_to_mend() {
    let nameless = folder("model.onnx", &["LABEL_0", "LABEL_1", "LABEL_2"]);
    assert!(refusal(&nameless).contains("id2label"));
    assert!(inspect(SETTING, nameless.path()).is_err());
    // Two labels, where the graph gives three numbers.
    let shape = refusal(&folder("model.onnx", &["unsupported", "supported"]));
    assert!(shape.contains("2 labels of config.json"), "{shape}");
    for file in ["model.onnx", "tokenizer.json", "config.json"] {
        let lacking = folder("model.onnx", &LABELS);
        assert!(inspect(SETTING, lacking.path()).is_ok());
        fs::remove_file(lacking.path().join(file)).expect("removed");
        let message = refusal(&lacking);
        assert!(
            message.contains(&format!("has no {file}")) && message.contains(SETTING),
            "{message}"
        );
    }
}

#[test]
fn a_long_passage_is_read_to_its_end() {
    let model = load(&folder("model.onnx", &LABELS)).expect("it loads");
    let mut sentences = vec!["The club gives visitors a key every Sunday."; 12];
    sentences.push("Boats are lent to members.");
    let statement = "Boats are lent to members.";
    let windows = model
        .windows("Rowing club", &sentences, statement)
        .expect("it has room");
    assert!(windows.len() > 3, "{windows:?}");
    assert!(
        windows
            .iter()
            .all(|window| window.premise.starts_with("Rowing club\n"))
    );
    let pairs: Vec<(&str, &str)> = windows
        .iter()
        .map(|window| (window.premise.as_str(), window.hypothesis.as_str()))
        .collect();
    let opinions = read(&model, &pairs).expect("every window fits");
    let sure: Vec<usize> = (0..opinions.len())
        .filter(|at| opinions[*at].entailed > 0.9)
        .collect();
    assert_eq!(sure.last(), Some(&(opinions.len() - 1)), "{opinions:?}");

    // A sentence without an end: no word of it goes.
    let endless: Vec<String> = (0..300).map(|n| format!("boats{n}")).collect();
    let windows = model
        .windows("", &[&endless.join(" ")], statement)
        .expect("it has room");
    for word in &endless {
        assert!(
            windows
                .iter()
                .any(|window| window.premise.split(' ').any(|other| other == word)),
            "{word}"
        );
    }
}

#[test]
fn what_is_too_long_is_not_cut() {
    let model = load(&folder("model.onnx", &LABELS)).expect("it loads");
    let long = "boats are lent ".repeat(20);
    let too_long = |error| matches!(error, EntailmentError::TooLong { .. });
    assert!(model.windows("", &[BOATS], &long).is_err_and(too_long));
    assert!(read(&model, &[(&long, "Boats are lent.")]).is_err_and(too_long));
}
