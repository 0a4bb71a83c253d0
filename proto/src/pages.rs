//! Numbers of pages as people read them.

/// Ranges that are named; past them it only says that there are more.
const MAX_RANGES: usize = 12;

/// Page numbers in their order, those that follow one another as ranges: "2, 7-9".
pub fn page_ranges(pages: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for page in pages {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*page) => *last = *page,
            _ => ranges.push((*page, *page)),
        }
    }
    let more = ranges.len() > MAX_RANGES;
    let named = ranges
        .into_iter()
        .take(MAX_RANGES)
        .map(|(first, last)| match last - first {
            0 => first.to_string(),
            _ => format!("{first}-{last}"),
        });
    let mut text = named.collect::<Vec<_>>().join(", ");
    if more {
        text.push_str(", …");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_that_follow_one_another_are_a_range() {
        assert_eq!(page_ranges(&[]), "");
        assert_eq!(page_ranges(&[2]), "2");
        assert_eq!(page_ranges(&[2, 7, 8, 9, 11]), "2, 7-9, 11");
        let odd: Vec<u32> = (0..100).map(|n| n * 2 + 1).collect();
        assert!(page_ranges(&odd).ends_with("21, 23, …"));
    }
}
