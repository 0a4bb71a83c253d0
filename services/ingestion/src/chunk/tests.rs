use super::*;
use crate::extract::Page;

fn markdown(text: &str) -> Extracted {
    let page = Page {
        number: 0,
        text: text.to_owned(),
    };
    Extracted {
        markdown: true,
        pages: vec![page],
        ..Extracted::default()
    }
}

fn plain(pages: &[&str]) -> Extracted {
    let pages = pages
        .iter()
        .zip(1..)
        .map(|(text, number)| Page {
            number,
            text: (*text).to_owned(),
        })
        .collect();
    Extracted {
        pages,
        ..Extracted::default()
    }
}

fn sizes(passage: usize) -> Sizes {
    Sizes {
        passage,
        embedded: passage,
    }
}

fn texts(chunked: &Chunked) -> Vec<&str> {
    chunked
        .passages
        .iter()
        .map(|passage| passage.text.as_str())
        .collect()
}

#[test]
fn passages_know_the_headings_above_them() {
    let document = markdown(
        "# Handbook\n\nIntro text here.\n\n## Leave\n\n### Parents\n\nTwelve weeks of leave.\n\n## Pay\n\nPaid monthly.",
    );
    let chunked = chunk(document, None, sizes(12));
    let leave = chunked
        .passages
        .iter()
        .find(|p| p.text.contains("Twelve"))
        .expect("there");
    assert_eq!(leave.heading_path, ["Handbook", "Leave", "Parents"]);
    assert!(leave.embedded.concat().contains("Leave"), "{leave:?}");
    let pay = chunked
        .passages
        .iter()
        .find(|p| p.text.contains("monthly"))
        .expect("there");
    assert_eq!(pay.heading_path, ["Handbook", "Pay"]);
    assert_eq!(chunked.heading.as_deref(), Some("Handbook"));
}

#[test]
fn tables_and_code_that_fit_stay_whole() {
    let table = "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |";
    let code = "```rust\nfn main() {\n    println!(\"hello\");\n}\n```";
    let document = markdown(&format!(
        "Some words that come before it all.\n\n{table}\n\n{code}\n"
    ));
    let chunked = chunk(document, None, sizes(30));
    let texts = texts(&chunked);
    assert!(texts.iter().any(|text| text.contains(table)), "{texts:?}");
    assert!(texts.iter().any(|text| text.contains(code)), "{texts:?}");
}

#[test]
fn chinese_is_split_between_sentences() {
    let sentence = "过拟合是指模型在训练集上表现很好但在新样本上表现很差的现象。";
    let document = plain(&[&sentence.repeat(12)]);
    let chunked = chunk(document, None, sizes(100));
    assert!(chunked.passages.len() > 2);
    for text in texts(&chunked) {
        assert!(text.ends_with('。'), "{text}");
        assert_eq!(chunked.passages[0].language, "cmn");
    }
}

#[test]
fn passages_name_the_page_they_begin_on() {
    let document = plain(&[
        "First page has these words.",
        "Second page has other words.",
    ]);
    let chunked = chunk(document, None, sizes(12));
    let pages: Vec<_> = chunked
        .passages
        .iter()
        .map(|p| (p.page, p.text.split(' ').next().unwrap_or("")))
        .collect();
    assert_eq!(pages.first(), Some(&(1, "First")));
    assert_eq!(
        pages.iter().find(|(page, _)| *page == 2),
        Some(&(2, "Second"))
    );
}

#[test]
fn a_sentence_ends_on_its_page_and_nothing_else_runs_over() {
    let document = plain(&[
        "The gate opens at nine. It closes",
        "at ten in the evening. Keys are at the desk.",
        "Page three has no stop",
        "and page four begins a table 1 2 3",
    ]);
    let chunked = chunk(document, None, sizes(200));
    let found: Vec<_> = chunked
        .passages
        .iter()
        .map(|p| (p.page, p.text.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (
                1,
                "The gate opens at nine. It closes\n\nat ten in the evening."
            ),
            (2, "Keys are at the desk."),
            (3, "Page three has no stop"),
            (4, "and page four begins a table 1 2 3"),
        ]
    );
}

#[test]
fn a_page_without_text_leaves_the_next_one_whole() {
    let document = plain(&[
        "The survey was made in spring.",
        "",
        "The path must be raised. The work will cost 61,000 crowns.",
    ]);
    let chunked = chunk(document, None, sizes(200));
    let found: Vec<_> = chunked
        .passages
        .iter()
        .map(|p| (p.page, p.text.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (1, "The survey was made in spring."),
            (
                3,
                "The path must be raised. The work will cost 61,000 crowns."
            ),
        ]
    );
}

#[test]
fn a_table_is_not_torn_where_only_it_and_its_heading_are_too_long() {
    let rows: Vec<String> = (0..9)
        .map(|n| format!("| quay {n} | over 12 m | {n}.5 % |"))
        .collect();
    let table = format!(
        "| Quay | Length | Surcharge |\n|---|---|---|\n{}",
        rows.join("\n")
    );
    let lead = "Prices are by the day. ".repeat(6);
    let document = markdown(&format!("# Tariffs\n\n{lead}\n\n{table}\n"));
    let whole = chunk(document.clone(), None, sizes(1000));
    assert_eq!(whole.passages.len(), 1);
    let mut parted = 0;
    for tokens in (120..=170).step_by(10) {
        let chunked = chunk(document.clone(), None, sizes(tokens));
        let texts = texts(&chunked);
        parted += usize::from(texts.len() > 1);
        assert!(
            texts.iter().any(|text| text.contains(&table)),
            "{tokens}: {texts:?}"
        );
    }
    assert!(parted > 0, "there is room for all of it");
}

#[test]
fn each_part_of_a_long_table_has_its_heads() {
    let rows: Vec<String> = (0..60).map(|n| format!("| pump {n} | {n} bar |")).collect();
    let heads = "| name | pressure |\n|---|---|\n";
    let document = markdown(&format!(
        "# Pumps\n\nAll pumps.\n\n{heads}{}\n\nAfter it.",
        rows.join("\n")
    ));
    let chunked = chunk(document, None, sizes(120));
    assert!(chunked.passages.len() > 3);
    for passage in &chunked.passages {
        let has_rows = passage.text.contains("| pump");
        assert_eq!(
            passage.text.matches(heads).count(),
            usize::from(has_rows),
            "{}",
            passage.text
        );
    }
    for row in rows {
        let held = chunked
            .passages
            .iter()
            .filter(|p| p.text.contains(&row))
            .count();
        assert_eq!(held, 1, "{row}");
    }
}

#[test]
fn tables_of_printed_pages_have_their_heads_too() {
    let heads = "| pump | pressure |\n|---|---|\n";
    let rows = |from: usize| -> String {
        let rows = (from..from + 30).map(|n| format!("| pump {n} | {n} bar |\n"));
        rows.collect()
    };
    let document = plain(&[
        &format!("All pumps.\n\n{heads}{}", rows(0)),
        &format!("{heads}{}", rows(30)),
    ]);
    let chunked = chunk(document, None, sizes(120));
    assert!(chunked.passages.len() > 4);
    for passage in &chunked.passages {
        assert_eq!(passage.text.matches(heads).count(), 1, "{passage:?}");
    }
    let last = chunked.passages.last().expect("there");
    assert!(
        last.page == 2 && last.text.contains("| pump 59 |"),
        "{last:?}"
    );
}

#[test]
fn heads_that_are_long_are_in_each_part_too() {
    let heads = "| Pump | Inlet (mm) | Outlet (mm) | Lifting height (m) | Service interval (hours) | Seal kit |\n|---|---|---|---|---|---|\n";
    let rows: Vec<String> = (10..70)
        .map(|n| format!("| HX-{n} | 25 | 20 | 31 | {} | SK-{n} |", n * 35))
        .collect();
    let lead = "All pumps run on three-phase current.";
    let document = markdown(&format!("# Pumps\n\n{lead}\n\n{heads}{}", rows.join("\n")));
    let chunked = chunk(document, None, sizes(140));
    assert!(chunked.passages.len() > 3);
    assert!(chunked.passages[0].text.contains(lead), "{chunked:?}");
    for passage in &chunked.passages {
        assert_eq!(passage.text.matches(heads).count(), 1, "{}", passage.text);
        assert!(passage.text.contains("| HX-"), "{}", passage.text);
    }
    for row in rows {
        let with_row = chunked.passages.iter().filter(|p| p.text.contains(&row));
        assert_eq!(with_row.count(), 1, "{row}");
    }
}

#[test]
fn a_row_that_is_longer_than_a_passage_is_split_and_nothing_of_it_is_lost() {
    let words: Vec<String> = (0..200).map(|n| format!("word{n}")).collect();
    let document = markdown(&format!(
        "| code | note |\n|---|---|\n| A | short |\n| B | {} |\n| C | short |",
        words.join(" ")
    ));
    let chunked = chunk(document, None, sizes(80));
    for passage in &chunked.passages {
        assert!(passage.text.starts_with("| code | note |\n"), "{passage:?}");
    }
    let all = texts(&chunked).join(" ");
    assert!(words.iter().all(|word| all.contains(word)));
}

#[test]
fn a_text_that_is_a_little_too_long_becomes_even_parts() {
    let sentences: Vec<String> = (0..11)
        .map(|n| format!("Sentence {n} is of ordinary length."))
        .collect();
    let chunked = chunk(plain(&[&sentences.join(" ")]), None, sizes(120));
    let counter = TokenCounter::new(None);
    let sizes: Vec<usize> = chunked
        .passages
        .iter()
        .map(|p| counter.count(&p.text))
        .collect();
    assert_eq!(sizes.len(), 2, "{sizes:?}");
    assert!(sizes[1] * 2 > sizes[0], "{sizes:?}");
}

#[test]
fn the_parts_of_a_short_text_are_found_by_how_it_begins() {
    let sentences: Vec<String> = (0..20)
        .map(|n| format!("Sentence {n} is of ordinary length."))
        .collect();
    let text = format!("On the stall of wings. {}", sentences.join(" "));
    let chunked = chunk(plain(&[&text]), None, sizes(120));
    assert!(chunked.passages.len() > 1);
    for (n, passage) in chunked.passages.iter().enumerate() {
        assert_eq!(passage.context, "On the stall of wings.");
        assert_eq!(
            passage.embedded == [passage.text.as_str()],
            n == 0,
            "said once"
        );
        let counter = TokenCounter::new(None);
        assert!(
            passage
                .embedded
                .iter()
                .all(|text| counter.count(text) <= 120)
        );
    }
}

#[test]
fn nothing_is_lost_and_nothing_is_too_long() {
    let words: Vec<String> = (0..2_000).map(|n| format!("word{n}")).collect();
    let document = plain(&[&words.join(" ")]);
    let chunked = chunk(document, None, sizes(50));
    let counter = TokenCounter::new(None);
    let found: Vec<&str> = chunked
        .passages
        .iter()
        .flat_map(|p| p.text.split_whitespace())
        .collect();
    assert_eq!(found, words);
    assert!(
        chunked
            .passages
            .iter()
            .all(|p| counter.count(&p.text) <= 50)
    );
}

#[test]
fn a_passage_is_embedded_in_parts_that_the_model_is_best_at() {
    let sentences: Vec<String> = (0..20)
        .map(|n| format!("Sentence {n} is of ordinary length."))
        .collect();
    let document = markdown(&format!("# Wings\n\n{}", sentences.join(" ")));
    let sizes = Sizes {
        passage: 600,
        embedded: 120,
    };
    let chunked = chunk(document, None, sizes);
    let [passage] = &chunked.passages[..] else {
        panic!("{chunked:?}");
    };
    assert!(passage.embedded.len() > 1);
    let all = passage.embedded.concat();
    assert!(sentences.iter().all(|sentence| all.contains(sentence)));
    for text in &passage.embedded {
        assert!(text.contains("Wings"), "{text}");
        assert!(TokenCounter::new(None).count(text) <= 120);
    }
}

/// Texts that nobody writes, each of which takes time or memory out of all proportion where it is not bounded.
#[test]
fn hostile_texts_become_passages_of_a_bounded_length() {
    let long = |text: &str| text.repeat((256 << 10) / text.len());
    let texts = [
        long("x"),
        format!("a{}b", long(" ")),
        long("# h\n"),
        format!("{}x{}", "- ".repeat(10_000), long("\n")),
        long("> > > > "),
        long("["),
        long("*a _b "),
        format!("|a|\n|-|\n{}", long("|b|\n")),
        long("|a|\n|-|\n\n"),
    ];
    for text in &texts {
        for document in [markdown(text), plain(&[text.as_str()])] {
            let chunked = chunk(document, None, sizes(250));
            let longest = chunked.passages.iter().map(|p| p.text.len()).max();
            assert!(longest.is_none_or(|bytes| bytes <= 16 << 10), "{longest:?}");
        }
    }
}

#[test]
fn a_table_that_is_longer_than_a_piece_keeps_its_heads() {
    let rows: Vec<String> = (0..3_000)
        .map(|n| format!("| pump {n} | {n} bar |"))
        .collect();
    let heads = "| name | pressure |\n|---|---|\n";
    let document = markdown(&format!(
        "# Pumps\n\n{heads}{}\n\n# Valves\n\nAll valves are shut.\n",
        rows.join("\n")
    ));
    let chunked = chunk(document, None, sizes(120));
    for passage in &chunked.passages {
        let has_rows = passage.text.contains("| pump");
        let found = passage.text.matches(heads).count();
        assert_eq!(found, usize::from(has_rows), "{}", passage.text);
    }
    let all = texts(&chunked).concat();
    for row in &rows {
        assert_eq!(all.matches(row.as_str()).count(), 1, "{row}");
    }
}

#[test]
fn headings_past_those_that_are_kept_are_no_wrong_ones() {
    let many = "# h\n\n".repeat(101_000);
    let chunked = chunk(
        markdown(&format!("{many}# Last\n\nThe end of it.\n")),
        None,
        sizes(250),
    );
    let (first, last) = (chunked.passages.first(), chunked.passages.last());
    let (first, last) = (first.expect("passages"), last.expect("passages"));
    assert_eq!(first.heading_path, ["h"]);
    assert!(last.text.contains("The end"), "{}", last.text);
    assert!(last.heading_path.is_empty(), "{:?}", last.heading_path);
}
