//! What a question asks for: a person, a place, a day, a number, …

use std::collections::HashSet;

use stoa_language::{Language, Reading, words};

use super::{lists::Lists, names_zh, text};

/// The kind of answer a question asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AnswerKind {
    /// A telephone number.
    Phone,
    /// An address of e-mail.
    Mail,
    /// An address in the web.
    Web,
    /// Times of day.
    Time,
    /// A day, month or year.
    Date,
    /// A share or a change of one.
    Rate,
    /// Any other number.
    Number,
    /// A person or a group of them.
    Who,
    /// A place.
    Place,
    /// A thing that has a name.
    Name,
    /// Anything else.
    Other,
}

/// What is counted or measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Measured {
    /// The question does not say.
    Anything,
    /// Money.
    Money,
    /// How long something takes or lasts.
    Duration,
    /// In one of these units, by their names: how heavy.
    Unit(&'static str),
    /// What one of these characters says behind the number.
    Counted(&'static str),
    /// Things with one of these names, as they are compared.
    Things(Vec<String>),
}

/// What a question asks for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) language: Language,
    /// The question without its mark, as [`text::normal`] writes it.
    pub(super) text: String,
    pub(super) kind: AnswerKind,
    pub(super) measured: Measured,
    /// Years that it names.
    pub(super) years: Vec<u16>,
    /// A person is asked for, not a group or a thing.
    pub(super) person: bool,
    /// It names what the person does or is, and so asks for a name.
    pub(super) role: bool,
    /// A change is asked for: what grew by how much.
    pub(super) change: bool,
    /// What is planned is asked for, not what is.
    pub(super) plan: bool,
    /// A part of a year is asked for.
    pub(super) part: bool,
    /// A month or a year is enough.
    pub(super) coarse: bool,
    /// All that is said of a thing is asked for: what it means, what is new in it.
    pub(super) whole: bool,
    /// How something is done is asked for.
    pub(super) steps: bool,
    /// The same is asked of each of several things.
    pub(super) several: bool,
    /// Yes or no is asked for.
    pub(super) whether: bool,
    /// It names a code, a version or the like that passages have: what is said of it is found by its words.
    pub(super) named: bool,
    /// Its words that carry no claim of their own, as they are compared.
    pub(super) light: HashSet<String>,
    /// Words that must be there as they are written: the question is whether they are.
    pub(super) exists: Option<String>,
}

impl Asked {
    pub(super) fn of(question: &Reading) -> Self {
        let text = text::normal(&question.text);
        let text = text
            .trim_matches(|c: char| c.is_whitespace() || "?。.!¿¡？".contains(c))
            .to_owned();
        let lists = Lists::of(question.language);
        let prepared = lists.prepare(&text);
        let has = |name| lists.any(name, &prepared);
        let kind = kind(lists, &prepared);
        Self {
            language: question.language,
            kind,
            measured: measured(lists, &prepared, kind, question.language),
            years: text::years(&text).map(|(_, year)| year).collect(),
            person: has("person") && !has("not-person"),
            role: has("noun-who"),
            change: has("change"),
            plan: has("plan"),
            part: has("part"),
            coarse: has("coarse"),
            whole: kind == AnswerKind::Other && has("whole"),
            steps: kind == AnswerKind::Other && has("steps"),
            several: has("several"),
            whether: kind == AnswerKind::Other
                && lists
                    .first("whether", &prepared)
                    .is_some_and(|(at, _)| at <= 1),
            named: false,
            light: question
                .terms
                .iter()
                .filter(|term| term.light && !term.unspaced)
                .map(|term| term.term.clone())
                .collect(),
            exists: exists(lists, &prepared, question.language),
            text,
        }
    }
}

fn kind(lists: Lists, prepared: &str) -> AnswerKind {
    let asks = [
        ("phone", AnswerKind::Phone),
        ("mail", AnswerKind::Mail),
        ("web", AnswerKind::Web),
        ("noun-time", AnswerKind::Time),
        ("time", AnswerKind::Time),
        ("date", AnswerKind::Date),
        ("number", AnswerKind::Number),
        ("duration", AnswerKind::Number),
        ("rate", AnswerKind::Rate),
        ("who", AnswerKind::Who),
        ("place", AnswerKind::Place),
        ("explain", AnswerKind::Other),
    ];
    let explains = lists.any("explain", prepared);
    let asked = if lists.running {
        // A question for an explanation asks for no number that it names: 怎么修改电话号码.
        let nouns = if explains { 4 } else { 0 };
        asks[nouns..]
            .iter()
            .find(|(name, _)| lists.any(name, prepared))
    } else {
        // The first question word asks: "Who is called when the alarm rings?"
        let place = |name| lists.first(name, prepared).map(|(at, _)| at);
        let found = asks.iter().filter_map(|ask| Some((place(ask.0)?, ask)));
        found.min_by_key(|(at, _)| *at).map(|(_, ask)| ask)
    };
    match asked.map(|(_, kind)| *kind) {
        Some(AnswerKind::Number) if asks_rate(lists, prepared) => AnswerKind::Rate,
        Some(kind) => kind,
        None => kind_of_noun(lists, prepared),
    }
}

/// How much something grew: "what percentage", 增长了多少. A measure word behind 多少 asks for a number.
fn asks_rate(lists: Lists, prepared: &str) -> bool {
    let before = prepared.strip_suffix("多少").unwrap_or_default();
    let before = before.trim_end_matches(['了', '是', '为', '达', '到', '有']);
    lists.any("rate", prepared) || lists.any_at_end("rate-before", before)
}

/// The thing of which a question asks whether it is there: the sauna of "Is there a sauna in the office?"
fn exists(lists: Lists, prepared: &str, language: Language) -> Option<String> {
    let (_, end) = lists.first("exists", prepared)?;
    let rest = &prepared[end..];
    if language == Language::Chinese {
        return names_zh::first_noun(rest);
    }
    let mut tokens = words::tokens(rest, language).into_iter();
    tokens
        .find(|token| !token.stop)
        .map(|token| token.text.to_owned())
}

/// The kind that the thing asked for has, where no question word tells.
fn kind_of_noun(lists: Lists, prepared: &str) -> AnswerKind {
    let ends_in = |name, text: &str| lists.any_at_end(name, text);
    let nouns = [
        ("noun-date", AnswerKind::Date),
        ("noun-place", AnswerKind::Place),
        ("noun-rate", AnswerKind::Rate),
        ("noun-number", AnswerKind::Number),
    ];
    if let Some((_, kind)) = nouns.iter().find(|(name, _)| ends_in(name, prepared)) {
        return *kind;
    }
    let subject = without_ending(prepared);
    if ends_in("noun-who", subject) {
        AnswerKind::Who
    } else if !lists.any("describe", prepared) && lists.any("name", prepared) {
        AnswerKind::Name
    } else {
        AnswerKind::Other
    }
}

/// 冠军是什么 asks for the same as 冠军.
fn without_ending(prepared: &str) -> &str {
    let endings = ["什么", "哪些", "哪个", "哪", "是", "有", "叫", "为"];
    let mut rest = prepared.trim_end();
    while let Some(shorter) = endings.iter().find_map(|ending| rest.strip_suffix(ending)) {
        rest = shorter;
    }
    rest
}

fn measured(lists: Lists, prepared: &str, kind: AnswerKind, language: Language) -> Measured {
    if kind != AnswerKind::Number {
        return Measured::Anything;
    }
    if lists.any("duration", prepared) {
        return Measured::Duration;
    }
    if let Some(units) = units(lists, prepared) {
        return Measured::Unit(units);
    }
    if let Some(counted) = counted(lists, prepared) {
        return Measured::Counted(counted);
    }
    let things = things(lists, prepared, language);
    let money = lists.any("money", prepared);
    // "How many sick days are paid" asks for days.
    let counts = !(things.is_empty() || money && language == Language::Chinese);
    match (counts, money) {
        (true, _) => Measured::Things(things),
        (false, true) => Measured::Money,
        (false, false) => Measured::Anything,
    }
}

/// The units of what is measured, where a word tells: how heavy, 多重.
fn units(lists: Lists, prepared: &str) -> Option<&'static str> {
    let entries = lists
        .words("units")
        .iter()
        .filter_map(|entry| entry.split_once('='));
    let asked = |word: &str| lists.place(word, prepared).is_some();
    entries
        .filter(|(word, _)| asked(word))
        .map(|(_, units)| units)
        .next()
}

/// What "how many" counts: the words up to the next that says nothing.
fn things(lists: Lists, prepared: &str, language: Language) -> Vec<String> {
    let Some((_, end)) = lists.first("many", prepared) else {
        return Vec::new();
    };
    let rest = &prepared[end..];
    if language == Language::Chinese {
        return names_zh::first_noun(rest).into_iter().collect();
    }
    let tokens = words::tokens(rest, language)
        .into_iter()
        .skip_while(|token| token.stop);
    tokens
        .take_while(|token| !token.stop)
        .map(|token| token.term)
        .collect()
}

/// The measure word behind 多少 and 几, with those that mean the same.
fn counted(lists: Lists, prepared: &str) -> Option<&'static str> {
    let of = |word: char| {
        let entries = lists
            .words("counted")
            .iter()
            .filter_map(|entry| entry.split_once('='));
        let mut entries = entries.filter(|(name, _)| name.starts_with(word));
        entries.next().map(|(_, characters)| characters)
    };
    let after = |word: &str| {
        prepared
            .split_once(word)
            .and_then(|(_, after)| after.chars().next())
    };
    let people = prepared
        .trim_end_matches(['是', '有', '为', '多', '少', '共'])
        .ends_with("人数");
    match after("多少").or_else(|| after("几")).and_then(of) {
        Some(characters) => Some(characters),
        None if people => of('人'),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(question: &str) -> AnswerKind {
        Asked::of(&Reading::of(question)).kind
    }

    #[test]
    fn questions_ask_for_kinds() {
        for (question, kind) in [
            ("What's the phone number of the office?", AnswerKind::Phone),
            ("What are the opening hours in Tartu?", AnswerKind::Time),
            ("When was the bridge opened?", AnswerKind::Date),
            ("What is the release date of the album?", AnswerKind::Date),
            ("How much holiday do I get?", AnswerKind::Number),
            ("Who won the world cup in 1998?", AnswerKind::Who),
            ("Where is the kiln?", AnswerKind::Place),
            ("How do I change the delivery date?", AnswerKind::Other),
            ("Who is called when the alarm rings?", AnswerKind::Who),
            ("What do I have to do when I am ill?", AnswerKind::Other),
            ("怎么修改电话号码？", AnswerKind::Other),
            ("Wie viele Urlaubstage habe ich?", AnswerKind::Number),
            ("Wer genehmigt den Urlaub?", AnswerKind::Who),
            ("Où se trouve le bureau ?", AnswerKind::Place),
            ("¿Cuándo abre la biblioteca?", AnswerKind::Date),
            ("図書館はどこですか？", AnswerKind::Place),
            ("도서관은 언제 문을 닫나요?", AnswerKind::Date),
            ("怎么避免过拟合？", AnswerKind::Other),
            ("图书馆几点开门？", AnswerKind::Time),
            ("年假有几天？", AnswerKind::Number),
            ("去年销量增长了多少？", AnswerKind::Rate),
            ("一共來了多少人", AnswerKind::Number),
            ("公司的董事长是谁", AnswerKind::Who),
            ("大桥通车的时间", AnswerKind::Date),
            ("这款软件叫什么", AnswerKind::Name),
        ] {
            assert_eq!(kind_of(question), kind, "{question}");
        }
    }

    #[test]
    fn measures_are_told_by_their_words() {
        let measured = |question| Asked::of(&Reading::of(question)).measured;
        assert_eq!(measured("一共来了多少人"), Measured::Counted("人名位例"));
        assert_eq!(measured("门票多少钱"), Measured::Money);
        assert_eq!(
            measured("How long does the course take?"),
            Measured::Duration
        );
        assert_eq!(measured("How much does parking cost?"), Measured::Money);
        assert_eq!(
            measured("How many windows does it have?"),
            Measured::Things(vec!["window".to_owned()])
        );
        assert_eq!(
            measured("公司有多少员工"),
            Measured::Things(vec!["员工".to_owned()])
        );
    }
}
