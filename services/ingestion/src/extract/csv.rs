//! Tables in text: values that commas, semicolons or tabs part, as Markdown tables.

use csv::{ReaderBuilder, StringRecord};

use super::table::{push_heads, push_row};

/// Lines that show what parts the values.
const SAMPLE: usize = 20;
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The table, with its first line as heads; `None` for what is no table.
pub(super) fn markdown(text: &str) -> Option<String> {
    let delimiter = delimiter(text)?;
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut shown = String::with_capacity(text.len() * 2);
    let mut columns = 0;
    let mut record = StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) if record.iter().all(|value| value.trim().is_empty()) => {}
            Ok(true) if columns == 0 => {
                columns = record.len();
                let heads: Vec<String> = record.iter().map(str::to_owned).collect();
                push_heads(&mut shown, &heads);
            }
            Ok(true) => {
                // What is more than there are heads stays in the last column, for a table has one row a line.
                let last = columns - 1;
                let rest = record.iter().skip(last).collect::<Vec<_>>().join(" ");
                let values = (0..last).map(|at| record.get(at).unwrap_or_default());
                push_row(&mut shown, values.chain([rest.as_str()]));
            }
            // Only invalid UTF-8 does this, and then it was no table: it is read as plain text.
            Err(_) => return None,
        }
    }
    (columns > 0).then_some(shown)
}

/// What parts the values: it is in the lines equally often, and most often of all.
fn delimiter(text: &str) -> Option<u8> {
    let columns = |delimiter: u8| {
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let records = reader.records().take(SAMPLE).filter_map(Result::ok);
        let lengths: Vec<usize> = records.map(|record| record.len()).collect();
        let first = lengths.first().copied().unwrap_or(0);
        let alike = lengths.iter().filter(|length| **length == first).count();
        // Prose has commas too, but not equally many in each line.
        (alike * 2 > lengths.len()).then_some(first)
    };
    DELIMITERS
        .into_iter()
        .filter_map(|delimiter| Some((columns(delimiter).filter(|count| *count > 1)?, delimiter)))
        .max_by_key(|(count, _)| *count)
        .map(|(_, delimiter)| delimiter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_a_table() {
        let table = "| Pump | Note |\n|---|---|\n| HX-1 | wet, or dry |\n| HX-2 |  |\n";
        for text in [
            "Pump,Note\nHX-1,\"wet, or dry\"\n\nHX-2,\n",
            "Pump;Note\nHX-1;wet, or dry\nHX-2;\n",
            "Pump\tNote\nHX-1\twet, or dry\nHX-2\t\n",
        ] {
            assert_eq!(markdown(text).as_deref(), Some(table), "{text}");
        }
    }

    #[test]
    fn a_value_may_have_marks_of_tables_and_lines() {
        let shown = markdown("a,b\n\"x|y\",\"one\ntwo\"\n").expect("a table");
        assert!(shown.ends_with("| x\\|y | one two |\n"), "{shown}");
    }

    #[test]
    fn what_has_one_column_is_no_table() {
        assert_eq!(markdown("just a line\nand another\n"), None);
        assert_eq!(markdown(""), None);
    }
}
