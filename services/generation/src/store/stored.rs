//! Turns as their rows hold them. Passages, citations and timings are JSON of the messages themselves.

/// A turn as callers are shown it, from a row with its columns.
macro_rules! turn {
    ($row:ident) => {
        stoa_proto::generation::Turn {
            id: $row.id.to_string(),
            question: $row.question,
            answer: $row.answer,
            verdict: Verdict::parse($row.verdict.as_deref()).into(),
            citations: $row.citations.0,
            created_at: Some(stoa_kit::wire::timestamp($row.created_at)),
            erased: $row.erased,
        }
    };
}

pub(super) use turn;

#[cfg(test)]
mod tests {
    use serde_json::json;
    use stoa_proto::generation::{Citation, FoundPassage, Timings};

    #[test]
    fn what_turns_hold_is_written_as_before_and_older_rows_are_read() {
        let citation = Citation {
            n: 1,
            passage_id: "7".to_owned(),
            document: "lamps.md".to_owned(),
            quote: "Lamps burn.".to_owned(),
            score: 0.5,
            ..Citation::default()
        };
        let written = serde_json::to_value(&citation).expect("it is written");
        let expected = json!({
            "n": 1, "passage_id": "7", "document": "lamps.md", "title": "", "page": 0,
            "quote": "Lamps burn.", "score": 0.5, "heading_path": [], "dated": "",
        });
        assert_eq!(written, expected);

        let older = json!({
            "id": "7", "document": "lamps.md", "title": "Lamps", "page": 2, "heading_path": ["Oil"],
            "text": "Lamps burn.", "score": 0.5,
        });
        let passage: FoundPassage = serde_json::from_value(older).expect("it is read");
        assert_eq!(
            (passage.page, passage.heading_path),
            (2, vec!["Oil".to_owned()])
        );
        assert_eq!(
            (passage.similarity, passage.document_id),
            (0.0, String::new())
        );
        let none: Timings = serde_json::from_value(json!({})).expect("it is read");
        assert_eq!(none, Timings::default());
    }
}
