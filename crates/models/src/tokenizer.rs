//! Text to the token ids of a model, from its Hugging Face `tokenizer.json`.

use std::{fs::File, io::BufReader, path::Path};

use kitoken::Kitoken;
use serde::Deserialize;
use serde_json::Value;

use crate::{LoadError, broken};

/// A model's tokenizer.
#[derive(Debug)]
pub struct Tokenizer {
    tokenizer: Kitoken,
    /// What the model expects around one text, and around two.
    single: Vec<Piece>,
    pair: Vec<Piece>,
}

/// Token ids, and of which text each is: 0 for the first one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Encoded {
    /// Ids of the tokens.
    pub ids: Vec<u32>,
    /// The text of each, as `token_type_ids` has it.
    pub segments: Vec<u32>,
}

/// A part of what a model reads.
#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Text { n: usize, segment: u32 },
    Special { ids: Vec<u32>, segment: u32 },
}

/// The part of `tokenizer.json` that says what stands around texts; the tokens themselves are kitoken's to read.
#[derive(Debug, Deserialize)]
struct Frames {
    post_processor: Option<Value>,
}

impl Tokenizer {
    /// Loads a `tokenizer.json`.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        let tokenizer = Kitoken::from_tokenizers_file(path).map_err(|error| broken(path, error))?;
        let file = File::open(path).map_err(|error| broken(path, error))?;
        let frames: Frames =
            serde_json::from_reader(BufReader::new(file)).map_err(|error| broken(path, error))?;
        let processor = frames.post_processor.unwrap_or_default();
        let (single, pair) = pieces(&processor).unwrap_or_else(|| (vec![text(0, 0)], Vec::new()));
        Ok(Self {
            tokenizer,
            single,
            pair,
        })
    }

    /// Ids of a text alone. A special token that is written out in it is text like any other.
    pub fn plain(&self, text: &str) -> Result<Vec<u32>, String> {
        let ids = self.tokenizer.encode(text, false);
        ids.map_err(|error| error.to_string())
    }

    /// Ids of a text as the model reads it, with the special tokens around it.
    pub fn framed(&self, text: &str) -> Result<Vec<u32>, String> {
        Ok(self.fill(&self.single, &[text])?.ids)
    }

    /// Two texts as the model reads them together.
    pub fn paired(&self, first: &str, second: &str) -> Result<Encoded, String> {
        if self.pair.is_empty() {
            return Err(
                "its tokenizer.json does not say how two texts are read together".to_owned(),
            );
        }
        self.fill(&self.pair, &[first, second])
    }

    fn fill(&self, pieces: &[Piece], texts: &[&str]) -> Result<Encoded, String> {
        let mut encoded = Encoded::default();
        for piece in pieces {
            let (ids, segment) = match piece {
                Piece::Text { n, segment } => {
                    let text = texts.get(*n).copied().unwrap_or_default();
                    (self.plain(text)?, *segment)
                }
                Piece::Special { ids, segment } => (ids.clone(), *segment),
            };
            encoded
                .segments
                .resize(encoded.ids.len() + ids.len(), segment);
            encoded.ids.extend(ids);
        }
        Ok(encoded)
    }
}

fn text(n: usize, segment: u32) -> Piece {
    Piece::Text { n, segment }
}

/// What a post-processor puts around one text, and around two.
fn pieces(processor: &Value) -> Option<(Vec<Piece>, Vec<Piece>)> {
    match processor["type"].as_str()? {
        "TemplateProcessing" => {
            let special = &processor["special_tokens"];
            Some((
                template(&processor["single"], special)?,
                template(&processor["pair"], special)?,
            ))
        }
        // [CLS] A [SEP] B [SEP], and <s> A </s></s> B </s>.
        kind @ ("BertProcessing" | "RobertaProcessing") => {
            let special = |key: &str, segment| {
                let id = processor[key][1].as_u64()?;
                Some(Piece::Special {
                    ids: vec![u32::try_from(id).ok()?],
                    segment,
                })
            };
            let single = vec![special("cls", 0)?, text(0, 0), special("sep", 0)?];
            let mut pair = single.clone();
            let second = u32::from(kind == "BertProcessing");
            if second == 0 {
                pair.push(special("sep", 0)?);
            }
            pair.extend([text(1, second), special("sep", second)?]);
            Some((single, pair))
        }
        // The first that frames texts; the others change offsets, which nobody asks for here.
        "Sequence" => processor["processors"].as_array()?.iter().find_map(pieces),
        _ => None,
    }
}

fn template(pieces: &Value, special: &Value) -> Option<Vec<Piece>> {
    let number = |value: &Value| u32::try_from(value.as_u64()?).ok();
    let piece = |piece: &Value| {
        if let Some(sequence) = piece.get("Sequence") {
            let n = usize::from(sequence["id"] == "B");
            return Some(text(n, number(&sequence["type_id"])?));
        }
        let token = piece.get("SpecialToken")?;
        let ids = special[token["id"].as_str()?]["ids"].as_array()?;
        Some(Piece::Special {
            ids: ids.iter().map(number).collect::<Option<_>>()?,
            segment: number(&token["type_id"])?,
        })
    };
    pieces.as_array()?.iter().map(piece).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Ids as Hugging Face's own library gives them.
    #[test]
    fn the_embedding_model_reads_what_its_makers_library_reads() {
        let home = std::env::var("HOME").expect("a home");
        let cache = std::env::var("XDG_CACHE_HOME").unwrap_or(format!("{home}/.cache"));
        let assets = std::env::var("STOA_ASSETS_DIR").unwrap_or(format!("{cache}/stoa"));
        let path = Path::new(&assets).join("models/multilingual-e5-small/tokenizer.json");
        let tokenizer = Tokenizer::load(&path).expect("loads");
        for (text, ids) in TEXTS {
            assert_eq!(tokenizer.framed(text).expect("encodes"), ids, "{text}");
        }
        let written = tokenizer.plain("</s>").expect("encodes");
        assert!(
            !written.contains(&2),
            "text and not the end of it: {written:?}"
        );
    }

    #[test]
    fn two_texts_are_framed_as_the_model_was_taught() {
        let bert =
            json!({ "type": "BertProcessing", "cls": ["[CLS]", 101], "sep": ["[SEP]", 102] });
        let (single, pair) = pieces(&bert).expect("known");
        let special = |id, segment| Piece::Special {
            ids: vec![id],
            segment,
        };
        assert_eq!(single, [special(101, 0), text(0, 0), special(102, 0)]);
        assert_eq!(pair[3..], [text(1, 1), special(102, 1)]);
        let roberta = json!({ "type": "Sequence", "processors": [
            { "type": "ByteLevel" },
            { "type": "RobertaProcessing", "cls": ["<s>", 0], "sep": ["</s>", 2] },
        ] });
        let (_, pair) = pieces(&roberta).expect("known");
        assert_eq!(
            pair[2..],
            [special(2, 0), special(2, 0), text(1, 0), special(2, 0)]
        );
        assert_eq!(pieces(&json!({ "type": "ByteLevel" })), None);
        assert_eq!(pieces(&Value::Null), None);
    }

    const TEXTS: [(&str, &[u32]); 5] = [
        (
            "query: How long may a boat stay?",
            &[0, 41, 1294, 12, 11249, 4989, 1543, 10, 139098, 24765, 32, 2],
        ),
        (
            "passage: 怎么避免过拟合？",
            &[0, 46692, 12, 6, 12082, 20107, 3074, 112940, 3985, 32, 2],
        ),
        (
            "Grüße aus  Köln!\nｆｕｌｌ width ½ ﬁrst",
            &[0, 184191, 1312, 77399, 38, 4393, 6, 146984, 78660, 5117, 2],
        ),
        (
            "ฉันชอบอ่านหนังสือ 한국어 مرحبا 😀",
            &[
                0, 59334, 21685, 26731, 35885, 193751, 665, 193478, 258, 21119, 2,
            ],
        ),
        (
            "| HX-1401 | 3.5 bar |",
            &[
                0, 6, 58745, 572, 1542, 16249, 6746, 6, 58745, 38704, 1909, 6, 58745, 2,
            ],
        ),
    ];
}
