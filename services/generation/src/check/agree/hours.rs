//! When something opens and closes: "open from 9 to 17:00" says that it closes at 17:00.

use stoa_language::{
    Reading,
    markers::{Class, Opposites},
    quantity::{Quantity, Sense},
};

use super::Reason;

/// Bytes between a word for opening or closing and its time.
const NEAR: usize = 24;
/// What stands between two times from one of which it is open to the other.
const TO: [&str; 10] = [
    "to", "until", "till", "-", "–", "bis", "à", "至", "到", "and",
];

/// When it opens and closes, as far as a text says.
#[derive(Default)]
struct Hours<'a> {
    opens: Vec<&'a Quantity>,
    closes: Vec<&'a Quantity>,
}

/// Whether two texts say the same hours, by one word or by the other; nothing where one of them says none.
pub(super) fn agree(statement: &Reading, claim: &Reading) -> Option<Result<(), Reason>> {
    let (mine, theirs) = (hours(statement), hours(claim));
    if mine.opens.is_empty() && mine.closes.is_empty()
        || theirs.opens.is_empty() && theirs.closes.is_empty()
    {
        return None;
    }
    let held = |own: &[&Quantity], others: &[&Quantity]| {
        own.iter()
            .all(|own| others.iter().any(|other| own.agrees(other)))
    };
    if held(&mine.opens, &theirs.opens) && held(&mine.closes, &theirs.closes) {
        Some(Ok(()))
    } else {
        Some(Err(Reason::Opposite))
    }
}

fn hours(reading: &Reading) -> Hours<'_> {
    let times: Vec<&Quantity> = reading
        .quantities
        .iter()
        .filter(|own| is_time(own))
        .collect();
    let mut hours = Hours::default();
    for mark in &reading.marks {
        let Class::Side(side) = mark.class else {
            continue;
        };
        if side.kind != Opposites::Hours {
            continue;
        }
        let clause = reading.clause_of(mark.range.start);
        let is_here = |time: &Quantity| reading.clause_of(time.range.start) == clause;
        let behind = |here: bool| {
            times.iter().position(|time| {
                let start = time.range.start;
                let near = start >= mark.range.end && start - mark.range.end <= NEAR;
                near && (!here || is_here(time))
            })
        };
        let before = |here: bool| {
            times.iter().rposition(|time| {
                let end = time.range.end;
                let near = end <= mark.range.start && mark.range.start - end <= NEAR;
                near && (!here || is_here(time))
            })
        };
        // "Opens: 7:30, closes: 19:00": the time behind a word before the one in front of it, but first those of its own
        // clause: 九点半开放，五点停止入场. A range has both of its ends from the word for what is open, and a single
        // time is of its own word.
        let place = behind(true)
            .or_else(|| before(true))
            .or_else(|| behind(false))
            .or_else(|| before(false));
        let Some(mut place) = place else { continue };
        // "From seven to ten it is open": found from behind it is the end of a range.
        if side.first
            && times[place].range.end <= mark.range.start
            && let Some(from) = place.checked_sub(1)
            && ranges(reading, times[from], times[place])
        {
            place = from;
        }
        // "Opens at 6:30 on weekdays and at 9 at weekends" has a time more.
        let next_mark = reading.marks.iter().find(|next| {
            let hours = matches!(next.class, Class::Side(side) if side.kind == Opposites::Hours);
            hours && next.range.start >= mark.range.end
        });
        let more = times.iter().filter(|time| {
            let from = times[place].range.end;
            time.range.start >= from
                && is_here(time)
                && next_mark.is_none_or(|next| time.range.end <= next.range.start)
        });
        let more: Vec<&Quantity> = more.copied().collect();
        match times.get(place + 1) {
            Some(end) if side.first && ranges(reading, times[place], end) => {
                hours.opens.push(times[place]);
                hours.closes.push(end);
            }
            _ if side.first => {
                hours.opens.push(times[place]);
                hours.opens.extend(more);
            }
            _ => {
                hours.closes.push(times[place]);
                hours.closes.extend(more);
            }
        }
    }
    hours
}

fn is_time(quantity: &Quantity) -> bool {
    !quantity.weak
        && quantity
            .readings
            .iter()
            .any(|sense| matches!(sense, Sense::Time(_)))
}

fn ranges(reading: &Reading, from: &Quantity, to: &Quantity) -> bool {
    let between = reading.text.get(from.range.end..to.range.start);
    between.is_some_and(|between| {
        let between = between.trim().to_lowercase();
        TO.contains(&between.as_str())
    })
}
