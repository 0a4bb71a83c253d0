//! Text to the token ids of a model, from its Hugging Face `tokenizer.json`.

use std::path::Path;

use kitoken::{InsertionPosition, Kitoken};

use crate::LoadError;

/// A model's tokenizer.
#[derive(Debug)]
pub struct Tokenizer {
    tokenizer: Kitoken,
    /// What the model expects before and after a text.
    begin: Vec<u32>,
    end: Vec<u32>,
}

impl Tokenizer {
    /// Loads a `tokenizer.json`.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        let broken = |reason: String| LoadError::Broken {
            path: path.to_owned(),
            reason,
        };
        let tokenizer =
            Kitoken::from_tokenizers_file(path).map_err(|error| broken(error.to_string()))?;
        let ids = |position: InsertionPosition| -> Result<Vec<u32>, LoadError> {
            let templates = tokenizer.config().templates.iter();
            let contents = templates.filter(|template| template.position == position);
            let mut ids = Vec::new();
            for template in contents {
                let special = tokenizer.encode(&template.content, true);
                ids.extend(special.map_err(|error| broken(error.to_string()))?);
            }
            Ok(ids)
        };
        Ok(Self {
            begin: ids(InsertionPosition::SequenceStart)?,
            end: ids(InsertionPosition::SequenceEnd)?,
            tokenizer,
        })
    }

    /// Ids of a text alone. A special token that is written out in it is text like any other.
    pub fn plain(&self, text: &str) -> Result<Vec<u32>, String> {
        let ids = self.tokenizer.encode(text, false);
        ids.map_err(|error| error.to_string())
    }

    /// Ids of a text as the model reads it, with the special tokens around it.
    pub fn framed(&self, text: &str) -> Result<Vec<u32>, String> {
        let mut ids = self.begin.clone();
        ids.extend(self.plain(text)?);
        ids.extend(&self.end);
        Ok(ids)
    }
}

#[cfg(test)]
mod tests {
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
