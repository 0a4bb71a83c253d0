//! How something is done: the numbered list, whole, of which one step was found.

use crate::read::{Source, Unit, UnitKind};

use super::{Quoted, passage::joined};

/// Most steps that are quoted, and the most bytes of them.
const STEPS: usize = 12;
const BYTES: usize = 1_500;

/// The numbered list that some units of a source stand in or introduce, with the line that introduces it.
pub(super) fn steps(n: usize, source: &Source, said: &[usize]) -> Option<(Vec<usize>, Quoted)> {
    let units = &source.units;
    let last = *said.last()?;
    let within = units[last].kind == UnitKind::Item;
    // What was found is a step, or the line above the first.
    let any = if within { last } else { last + 1 };
    let first = first_of_list(units, any)?;
    let list: Vec<usize> = (first..units.len())
        .take_while(|at| is_of_list(&units[*at]))
        .filter(|at| !units[*at].instructs)
        .collect();
    let lead = first.checked_sub(1).filter(|lead| {
        let introduces = units[first].goes_on_from == Some(*lead) || said.contains(lead);
        introduces && units[*lead].kind == UnitKind::Sentence && !units[*lead].instructs
    });
    let quoted: Vec<usize> = lead.into_iter().chain(list.iter().copied()).collect();
    let quote = joined(said.iter().map(|at| units[*at].quote.as_str()));
    let text = lead.map_or_else(String::new, |lead| units[lead].text.clone());
    let quoted_list = Quoted {
        n,
        text,
        quote,
        block: Some(written(units, &list)?),
    };
    Some((quoted, quoted_list))
}

/// Where the numbered list begins that a unit stands in.
fn first_of_list(units: &[Unit], any: usize) -> Option<usize> {
    let mut first = any;
    units.get(any).filter(|unit| is_of_list(unit))?;
    while first > 0 && is_of_list(&units[first - 1]) {
        first -= 1;
    }
    // A list that begins in an earlier passage has no first step here, and one item alone is no procedure.
    (units[first].step.is_some() && units[first..].iter().any(|unit| unit.step == Some(2)))
        .then_some(first)
}

/// Items, and the code that they run.
fn is_of_list(unit: &Unit) -> bool {
    matches!(unit.kind, UnitKind::Item | UnitKind::Code)
}

/// The steps as a list of Markdown; dots stand for what is too long to be quoted.
fn written(units: &[Unit], list: &[usize]) -> Option<String> {
    let mut text = String::new();
    let mut steps = 0;
    let mut in_code = false;
    for unit in list.iter().map(|at| &units[*at]) {
        let begins = unit.step.is_some();
        steps += usize::from(begins);
        // Cut between steps only: half a step is worse than none.
        if begins && (steps > STEPS || text.len() + unit.text.len() > BYTES) {
            text.push_str("\n\n…");
            break;
        }
        let is_code = unit.kind == UnitKind::Code;
        if is_code != in_code {
            text.push_str("\n   ```");
            in_code = is_code;
        }
        match (unit.step, is_code) {
            (Some(step), _) if text.is_empty() => text.push_str(&format!("{step}. {}", unit.text)),
            (Some(step), _) => text.push_str(&format!("\n{step}. {}", unit.text)),
            (None, true) => text.push_str(&format!("\n   {}", unit.text)),
            (None, false) => text.push_str(&format!(" {}", unit.text)),
        }
    }
    if in_code {
        text.push_str("\n   ```");
    }
    (steps > 1).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTER: &str = "# Router\n\nTo reset it:\n\n1. Unplug the cable.\n2. Wait. It cools down.\n3. Plug it in.\n\nIt is grey.";

    #[test]
    fn a_step_brings_the_list_and_its_lead() {
        let source = Source::new(ROUTER, "");
        for said in [vec![1, 3], vec![1, 2], vec![1]] {
            let (units, quoted) = steps(1, &source, &said).expect("a list");
            assert_eq!(units, [1, 2, 3, 4, 5]);
            assert_eq!(quoted.text, "To reset it:");
            assert_eq!(
                quoted.block.as_deref(),
                Some("1. Unplug the cable.\n2. Wait. It cools down.\n3. Plug it in.")
            );
        }
        assert_eq!(steps(1, &source, &[6]), None);
    }

    #[test]
    fn bullets_are_no_steps_and_a_long_list_ends_in_dots() {
        let source = Source::new("- one thing\n- another thing", "");
        assert_eq!(steps(1, &source, &[0]), None);
        let long: String = (1..=STEPS + 5)
            .map(|n| format!("{n}. Turn it.\n"))
            .collect();
        let source = Source::new(&long, "");
        let (_, quoted) = steps(1, &source, &[3]).expect("a list");
        let block = quoted.block.expect("steps");
        assert!(block.ends_with("\n12. Turn it.\n\n…"), "{block}");
        assert_eq!(quoted.text, "");
    }

    #[test]
    fn commands_of_a_step_stay_with_it() {
        let source = Source::new("1. Run:\n   ```\n   stop all\n   ```\n2. Start it.", "");
        let (_, quoted) = steps(1, &source, &[0]).expect("a list");
        assert_eq!(
            quoted.block.as_deref(),
            Some("1. Run:\n   ```\n   stop all\n   ```\n2. Start it.")
        );
    }
}
