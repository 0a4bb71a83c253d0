//! Times of day: "9 a.m.", `09:00`, "9 Uhr", 上午九点, "half past eleven", "noon".

mod phrases;

use super::draft::Draft;
use super::numbers;
use super::tables::{Lang, UnitName};
use super::tokens::{Shape, Text};
use super::units::{self, Found};
use super::{Measure, Sense, Time, Unit, Value};

/// The part of the day a text gives with a clock time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum DayPart {
    Am,
    Pm,
    Dawn,
    Noon,
    Afternoon,
    Night,
    /// From the late evening to the early morning: nachts, 半夜.
    DeepNight,
}

/// A clock time as it is written, before the part of the day is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    pub(super) to: usize,
    pub(super) hour: u16,
    pub(super) minute: u16,
    /// Whether the writing itself says that the hours go to 24: `09:00`.
    pub(super) is_padded: bool,
    pub(super) is_spoken: bool,
    /// Whether it needs no part of the day to be a time; a bare "9" does.
    pub(super) is_certain: bool,
    /// Whether it may be a length of time instead: "9h", "neuf heures".
    pub(super) may_be_span: bool,
    /// Whether it may be a number of points or the like instead: 两点.
    pub(super) may_be_count: bool,
    /// Whether it may be a decimal instead: "at 8.45".
    pub(super) may_be_decimal: bool,
}

impl Clock {
    pub(super) const fn written(to: usize, hour: u16, minute: u16) -> Self {
        Self {
            to,
            hour,
            minute,
            is_padded: false,
            is_spoken: false,
            is_certain: true,
            may_be_span: false,
            may_be_count: false,
            may_be_decimal: false,
        }
    }

    pub(super) const fn spoken(to: usize, hour: u16, minute: u16) -> Self {
        let mut clock = Self::written(to, hour, minute);
        clock.is_spoken = true;
        clock
    }
}

/// The time of day at a position.
pub(super) fn at(text: &Text<'_>, at: usize) -> Option<Draft> {
    if let Some(draft) = named(text, at) {
        return Some(with_its_hour(text, draft));
    }
    let before = part_before(text, at);
    let start = before.map_or(at, |(_, to)| text.after_space(to));
    // Phrases first: "half past nine" would leave "nine" to the clock and lose the half.
    let clock = phrases::at(text, start).or_else(|| clock(text, start))?;
    let after = part_after(text, clock.to).or_else(|| twelve(text, &clock));
    let (part, to) = match (before, after) {
        // What stands behind is nearer to the number: "evening, 9 a.m.".
        (_, Some((part, to))) => (Some(part), to),
        (Some((part, _)), None) => (Some(part), clock.to),
        (None, None) => (None, clock.to),
    };
    (clock.is_certain || part.is_some()).then(|| finish(at, to, &clock, part))?
}

fn finish(from: usize, to: usize, clock: &Clock, part: Option<DayPart>) -> Option<Draft> {
    let time = time_of(clock, part)?;
    let mut draft = Draft::one(from, to, Sense::Time(time));
    let is_open = part.is_none();
    // 24:00 is written as the end of a day also where hours go to twelve.
    draft.to_24 = is_open && time.half_known && clock.hour != 24;
    if is_open && clock.may_be_span {
        let minutes = i128::from(clock.hour) * 60 + i128::from(clock.minute);
        draft.readings.push(Sense::Measure(Measure {
            value: Value::whole(minutes * 60),
            unit: Unit::SECOND,
        }));
        draft.unit = Some(hours(to));
    }
    let decimal = i128::from(clock.hour) * 100 + i128::from(clock.minute);
    if let Some(value) = Value::fraction(decimal, 100)
        && is_open
        && clock.may_be_decimal
    {
        draft.readings.push(super::draft::count(value));
    }
    if is_open && clock.may_be_count {
        draft
            .readings
            .push(super::draft::count(Value::whole(i128::from(clock.hour))));
    }
    Some(draft)
}

/// The unit of a span such as "9h", for the minutes that may follow: "1h 30m".
fn hours(to: usize) -> Found {
    Found {
        to,
        names: vec![UnitName {
            base: Unit::SECOND.name(),
            scale: Value::whole(3600),
            every: false,
        }],
    }
}

fn time_of(clock: &Clock, part: Option<DayPart>) -> Option<Time> {
    if clock.hour > 24 || clock.minute > 59 {
        return None;
    }
    let hour = part.map_or(clock.hour, |part| on_24_hours(clock.hour, part)) % 24;
    let half_known = part.is_some() || clock.is_padded || clock.hour > 12 || clock.hour == 0;
    let is_spoken = clock.is_spoken && !half_known;
    Some(Time {
        minutes: hour * 60 + clock.minute,
        half_known,
        is_spoken,
    })
}

fn on_24_hours(hour: u16, part: DayPart) -> u16 {
    match (part, hour) {
        // "15:00 p.m." is what people write; the hour alone says it.
        (_, 13..) => hour,
        (DayPart::Am | DayPart::Dawn | DayPart::Night | DayPart::DeepNight, 12) => 0,
        (DayPart::Am | DayPart::Dawn, _) => hour,
        (DayPart::Noon, 1..=4)
        | (DayPart::Afternoon | DayPart::Pm, 0..=11)
        | (DayPart::Night, 5..=11)
        | (DayPart::DeepNight, 8..=11) => hour + 12,
        _ => hour,
    }
}

fn named(text: &Text<'_>, at: usize) -> Option<Draft> {
    // NOON may be a name or an abbreviation.
    if text.raw(at).len() > 1 && text.raw(at).chars().all(char::is_uppercase) {
        return None;
    }
    let noon = text.listed(at, "noon").map(|to| (to, 720));
    let (to, minutes) = noon.or_else(|| text.listed(at, "midnight").map(|to| (to, 0)))?;
    Some(Draft::one(
        at,
        to,
        Sense::Time(Time {
            minutes,
            half_known: true,
            is_spoken: false,
        }),
    ))
}

/// 午夜十二点 says midnight twice.
fn with_its_hour(text: &Text<'_>, mut draft: Draft) -> Draft {
    let own = draft.readings.first().and_then(|reading| match reading {
        Sense::Time(time) => Some(time.minutes % 720),
        _ => None,
    });
    let next = text.after_space(draft.to);
    let again = clock(text, next)
        .filter(|clock| clock.is_certain && text.is(draft.to - 1, Shape::Cjk))
        .filter(|clock| Some((clock.hour * 60 + clock.minute) % 720) == own);
    draft.to = again.map_or(draft.to, |clock| clock.to);
    draft
}

/// "12 noon" and "12:00 midnight", where the word tells which twelve is meant.
fn twelve(text: &Text<'_>, clock: &Clock) -> Option<(DayPart, usize)> {
    let next = text.after_space(clock.to);
    let noon = text.listed(next, "noon").map(|to| (DayPart::Noon, to));
    let night = || text.listed(next, "midnight").map(|to| (DayPart::Night, to));
    noon.or_else(night)
        .filter(|_| matches!(clock.hour, 0 | 12 | 24) && clock.minute == 0)
}

fn part_before(text: &Text<'_>, at: usize) -> Option<(DayPart, usize)> {
    // 最早 and 最晚 say how early and how late.
    let is_bound = at > 0 && text.cjk(at - 1) == Some('最');
    if !text.is(at, Shape::Cjk) || is_bound {
        return None;
    }
    let lists = [
        ("before-dawn", DayPart::Dawn),
        ("before-morning", DayPart::Am),
        ("before-noon", DayPart::Noon),
        ("before-afternoon", DayPart::Afternoon),
        ("before-night", DayPart::Night),
        ("before-deep-night", DayPart::DeepNight),
    ];
    let found = lists
        .into_iter()
        .filter_map(|(list, part)| Some((part_of(part), text.listed(at, list)?)));
    found.max_by_key(|&(_, to)| to)
}

/// 上午12点 is noon, where "12 a.m." is midnight.
const fn part_of(part: DayPart) -> DayPart {
    match part {
        DayPart::Am => DayPart::Noon,
        other => other,
    }
}

fn part_after(text: &Text<'_>, at: usize) -> Option<(DayPart, usize)> {
    let next = text.after_space(at);
    if let Some(to) = text
        .listed(next, "am")
        .filter(|_| !is_german_am(text, at, next))
    {
        return Some((DayPart::Am, to));
    }
    let lists = [
        ("pm", DayPart::Pm),
        ("morning", DayPart::Dawn),
        ("afternoon", DayPart::Afternoon),
        ("night", DayPart::Night),
        ("deep-night", DayPart::DeepNight),
    ];
    lists
        .into_iter()
        .find_map(|(list, part)| Some((part, text.listed(next, list)?)))
}

/// "um 9 am Montag": the German word, not the Latin one.
fn is_german_am(text: &Text<'_>, at: usize, next: usize) -> bool {
    next > at && text.raw(next) == "am" && text.speaks(Lang::DE)
}

fn clock(text: &Text<'_>, at: usize) -> Option<Clock> {
    if at > 0
        && text.is_mark(at - 1, &[':', '.', ',', '/'])
        && text.is(at.wrapping_sub(2), Shape::Digits)
    {
        return None;
    }
    colon(text, at).or_else(|| number_clock(text, at))
}

/// `9:00`, `09:00`, `21:30:15`, and `9.30` where "Uhr" or a.m. follows.
fn colon(text: &Text<'_>, at: usize) -> Option<Clock> {
    let (hours, minutes) = (text.digits(at)?, text.digits(at + 2)?);
    let is_colon = text.is_mark(at + 1, &[':', '∶']);
    let is_shaped =
        hours.len() <= 2 && minutes.len() == 2 && (is_colon || text.is_mark(at + 1, &['.']));
    if !is_shaped {
        return None;
    }
    let mut clock = Clock::written(at + 3, hours.parse().ok()?, minutes.parse().ok()?);
    clock.is_padded = hours.starts_with('0');
    if is_colon
        && text.is_mark(at + 3, &[':'])
        && text
            .digits(at + 4)
            .is_some_and(|seconds| seconds.len() == 2)
    {
        clock.to = at + 5;
    }
    let next = text.after_space(clock.to);
    let is_after = text.is_after(at, "clock-before");
    clock.is_certain = is_colon || goes_to_a_time(text, next);
    let measures = || measures(text, clock.to) || text.listed(next, "range").is_some();
    if !clock.is_certain && is_after && ends(text, clock.to) && !measures() {
        (clock.is_certain, clock.may_be_decimal) = (true, true);
    }
    if let Some(to) = text.listed(next, "o-clock") {
        (clock.to, clock.is_certain) = (to, true);
    } else if is_colon && text.raw(next) == "h" {
        clock.to = next + 1;
    }
    (clock.hour <= 24 && clock.minute < 60).then_some(clock)
}

/// Whether a range goes on to a time with its half of the day: the "to 9.30 p.m." of "7.30 to 9.30 p.m.".
fn goes_to_a_time(text: &Text<'_>, at: usize) -> bool {
    let end = text.listed(at, "range").map(|to| text.after_space(to));
    end.is_some_and(|end| {
        let is_dotted = text.digits(end).is_some_and(|hours| hours.len() <= 2)
            && text.is_mark(end + 1, &['.'])
            && text
                .digits(end + 2)
                .is_some_and(|minutes| minutes.len() == 2);
        is_dotted && part_after(text, end + 3).is_some()
    })
}

/// Whether a number is an amount: a unit, a currency or a share stands behind it.
fn measures(text: &Text<'_>, to: usize) -> bool {
    let next = text.after_space(to);
    let marks = ['%', '‰', '°', '/', '€', '$', '£', '¥'];
    text.is_mark(to, &marks)
        || text.is_mark(next, &marks)
        || units::after(text, to, false).is_some()
}

/// Whether nothing stands behind a number that it could count or measure.
fn ends(text: &Text<'_>, to: usize) -> bool {
    let next = text.after_space(to);
    !text.is(next, Shape::Word) && !text.is(next, Shape::Cjk)
        || text.listed(next, "clock-after").is_some()
        || text.listed(next, "range").is_some()
}

/// A number with its word for hours: "9 Uhr 30", "9h30", 九点半, "nine o'clock", or with a.m. after it.
fn number_clock(text: &Text<'_>, at: usize) -> Option<Clock> {
    let number = numbers::at(text, at).filter(|number| !number.is_part)?;
    let hour = hour(number.whole()?)?;
    let next = text.after_space(number.to);
    if let Some(clock) = in_characters(text, next, hour, &number) {
        return Some(clock);
    }
    if let Some(to) = text.listed(next, "o-clock") {
        return Some(after_o_clock(text, to, hour));
    }
    if text.listed(next, "hours-or-clock") == Some(next + 1) {
        return after_h(text, at, number.to, next, hour);
    }
    let mut bare = Clock::spoken(number.to, hour, 0);
    // Only with a part of the day, or every small number would be a time.
    bare.is_certain = false;
    (1..=12).contains(&hour).then_some(bare)
}

fn hour(whole: i128) -> Option<u16> {
    u16::try_from(whole).ok().filter(|hour| *hour <= 24)
}

fn minute(text: &Text<'_>, at: usize) -> Option<(u16, usize)> {
    let number = numbers::at(text, at).filter(|number| !number.is_part)?;
    let minute = u16::try_from(number.whole()?)
        .ok()
        .filter(|minute| *minute < 60)?;
    Some((minute, number.to))
}

fn after_o_clock(text: &Text<'_>, to: usize, hour: u16) -> Clock {
    let next = text.after_space(to);
    // "9 o'clock 30 people" against "9 Uhr 30 geöffnet".
    let ends = |at: usize| !text.is(text.after_space(at), Shape::Word) || text.speaks(Lang::DE);
    match text
        .digits(next)
        .filter(|digits| digits.len() == 2 && ends(next + 1))
        .and_then(|_| minute(text, next))
    {
        Some((minute, to)) => Clock::written(to, hour, minute),
        None => Clock::spoken(to, hour, 0),
    }
}

/// "9h", "9h30", "9 h 30", "neuf heures trente", "neuf heures et demie".
fn after_h(text: &Text<'_>, at: usize, number_to: usize, next: usize, hour: u16) -> Option<Clock> {
    let is_letter = text.word(next) == "h" || text.word(next) == "hs";
    let is_attached = next == number_to;
    // "9 hrs" is a span, "0900 hrs" a time.
    if text.word(next) == "hrs" && !text.raw(at).starts_with('0') {
        return None;
    }
    if let Some(clock) = phrases::french_after(text, next + 1, hour) {
        return Some(clock);
    }
    let mut clock = Clock::spoken(next + 1, hour, 0);
    (clock.may_be_span, clock.is_padded) = (true, is_letter && text.raw(at).starts_with('0'));
    if let Some(to) = numbers::after_and_a_half(text, next + 1) {
        (clock.to, clock.minute) = (to, 30);
    } else if let Some((minute, to)) = minutes_after_h(text, next + 1, is_letter && is_attached) {
        (clock.to, clock.minute, clock.is_spoken) = (to, minute, false);
    }
    Some(clock)
}

fn minutes_after_h(text: &Text<'_>, at: usize, is_attached: bool) -> Option<(u16, usize)> {
    // 9h30 has its minutes right behind the h, 9 h 30 behind a space.
    let next = if is_attached && text.is(at, Shape::Digits) {
        at
    } else {
        text.after_space(at)
    };
    let digits = text.digits(next).filter(|digits| digits.len() == 2)?;
    let is_minutes = text.word(next + 1).is_empty() || text.word(next + 1) == "min";
    let (minute, to) = minute(text, next).filter(|_| is_minutes && !digits.is_empty())?;
    Some((minute, if text.word(to) == "min" { to + 1 } else { to }))
}

/// 九点, 9时30分, 十一点半, 三点一刻, 9시 30분.
fn in_characters(text: &Text<'_>, at: usize, hour: u16, number: &numbers::Number) -> Option<Clock> {
    if !text.cjk(at).is_some_and(|c| "点點时時시".contains(c))
        || text.cjk(at + 1).is_some_and(|c| "間间点".contains(c))
    {
        return None;
    }
    let next = text.after_space(at + 1);
    let mut clock = Clock::spoken(at + 1, hour, 0);
    clock.is_padded = text.raw(number.from).starts_with('0') && text.raw(number.from).len() == 2;
    let quarter = ["一刻", "三刻"]
        .iter()
        .position(|quarter| text.rest(next).starts_with(quarter));
    // 半, 钟 and 整 stand right behind 点; minutes may have a space before them.
    match text.cjk(at + 1) {
        Some('半') => (clock.to, clock.minute) = (at + 2, 30),
        Some('钟' | '鐘' | '整') => clock.to = at + 2,
        _ if quarter.is_some() => {
            (clock.to, clock.minute) = (at + 3, if quarter == Some(0) { 15 } else { 45 });
        }
        _ => match character_minutes(text, next) {
            Some((minute, to)) => (clock.to, clock.minute) = (to, minute),
            None => clock.may_be_count = text.cjk(at).is_some_and(|c| "点點".contains(c)),
        },
    }
    Some(clock)
}

/// The minutes after 点: with 分, in two digits, or in characters that are no list of points.
fn character_minutes(text: &Text<'_>, at: usize) -> Option<(u16, usize)> {
    let (minute, to) = minute(text, at)?;
    if text
        .cjk(text.after_space(to))
        .is_some_and(|c| "分분".contains(c))
    {
        return Some((minute, text.after_space(to) + 1));
    }
    let is_two = text.digits(at).is_some_and(|digits| digits.len() == 2)
        || text.is(at, Shape::Cjk) && to - at >= 2;
    let ends = !text
        .cjk(to)
        .is_some_and(|c| "年月日个個人天小元块点點".contains(c));
    (is_two && ends).then_some((minute, to))
}

/// Whether a bare number may be a time: after "at", and with nothing counted after it.
pub(super) fn bare(text: &Text<'_>, from: usize, to: usize, value: Value) -> Option<Sense> {
    let most = if text.is_after(from, "clock-before-24") {
        24
    } else {
        12
    };
    let hour = hour(value.as_whole()?).filter(|hour| (1..=most).contains(hour))?;
    let is_after = most == 24 || text.is_after(from, "clock-before");
    let is_plain = !text.is_mark(to, &['%', '°', '-', '/']);
    let time = time_of(&Clock::spoken(to, hour, 0), None)?;
    (is_after && ends(text, to) && is_plain).then_some(Sense::Time(time))
}
