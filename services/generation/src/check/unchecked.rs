//! What nobody checks, where an evaluation leaves checks out.

use super::{
    Finding, Ground, Statement, Support, agree, shortened,
    vouched::{Trust, held},
    words,
};

/// A statement is taken to rest on what it cites: on the claim there that has most of it. What must agree must, where
/// that is not left out too.
pub(super) fn finding(statement: &Statement, ground: Ground<'_>) -> Finding {
    let mut carried: Vec<(usize, Support)> = Vec::new();
    let mut refused = None;
    for (n, source) in ground.cited(statement) {
        if let Err(reason) = held(statement, source, &[], None, ground, Trust::Untested) {
            refused = Some(reason);
            continue;
        }
        let reading = words::read(&statement.text, source);
        let claims = source.claims().iter();
        let closest = claims
            .map(|claim| (agree::overlap(&reading, claim), claim))
            .max_by_key(|(overlap, _)| *overlap);
        let (overlap, quote) = closest.map_or((0, String::new()), |(overlap, claim)| {
            (overlap, shortened(&claim.quote))
        });
        let support = Support {
            source: n,
            quote,
            score: 0.0,
        };
        carried.push((overlap, support));
    }
    // Without a citation all sources were tried; one is named, as a checked statement names what carries it.
    if statement.cited.is_empty() {
        carried.sort_by_key(|(overlap, _)| std::cmp::Reverse(*overlap));
        carried.truncate(1);
    }
    match refused {
        Some(reason) if carried.is_empty() => Finding::Refused(reason),
        _ => Finding::Carried(carried.into_iter().map(|(_, support)| support).collect()),
    }
}

#[cfg(test)]
mod tests {
    use stoa_language::Reading;
    use stoa_proto::generation::AnswerPart;

    use super::*;
    use crate::{
        check::{Checks, Reason},
        parts::Without,
        read::Source,
    };

    fn found(text: &str, without: &[AnswerPart]) -> Finding {
        let sources = [
            Source::new("The hut is open in June.", "Hut"),
            Source::new(
                "Boats are not lent to guests. Membership costs 240 crowns a year.",
                "Rowing club",
            ),
        ];
        let question = Reading::of("What must I know?");
        let ground = Ground {
            without: Without::of(without.iter().copied()),
            ..Ground::new(&sources, &question)
        };
        let statements = [Statement::parse(text)];
        let checks = Checks::new(Vec::new());
        futures::executor::block_on(checks.check(&statements, ground)).remove(0)
    }

    #[test]
    fn each_layer_of_the_check_can_be_left_out() {
        use AnswerPart::{Agreement, Words};
        let paraphrase = "Guests can't borrow, hire or rent boats. [2]";
        let wrong = "Guests can borrow, hire or rent boats. [2]";
        let carried = |text: &str, without: &[AnswerPart]| {
            matches!(found(text, without), Finding::Carried(_))
        };
        assert!(!carried(paraphrase, &[]));
        assert!(carried(paraphrase, &[Words]));
        assert!(!carried(wrong, &[Words]), "negations must agree");
        assert!(carried(wrong, &[Words, Agreement]));
    }

    #[test]
    fn what_cites_nothing_rests_on_what_is_nearest_and_what_cites_what_is_not_there_on_nothing() {
        use AnswerPart::{Agreement, Words};
        let dear = "Membership costs 420 crowns a year.";
        let Finding::Carried(support) = found(dear, &[Words, Agreement]) else {
            panic!("it is not checked");
        };
        assert_eq!(support.len(), 1);
        assert_eq!(support[0].source, 2);
        assert!(support[0].quote.contains("240 crowns"), "{support:?}");
        let nowhere = found(&format!("{dear} [7]"), &[Words, Agreement]);
        assert_eq!(nowhere, Finding::Refused(Reason::NoSuchSource));
    }
}
