//! What belongs to a question in Telegram, and what is none.

use stoa_tests::{
    Home, Stoa,
    telegram::{Chat, Telegram, USERNAME},
    wait_until,
};

fn ready<'home>(home: &'home Home, chat: Chat) -> Stoa<'home> {
    let stoa = home.up(&[]).expect("it starts");
    stoa.teach(&format!("telegram:{}", chat.id));
    stoa
}

#[test]
fn the_part_of_a_message_that_is_quoted_is_what_is_asked_about() {
    let telegram = Telegram::start();
    let home = telegram.home(&["generation.model=extractive"]);
    let chat = Chat::group(7);
    let _stoa = ready(&home, chat);
    let (laptop, vacation) = (
        "When is a laptop replaced?",
        "How many days of vacation do I get?",
    );
    let said = format!("{vacation} {laptop}");
    let words = format!("@{USERNAME} please answer this");
    telegram.quote(chat, 42, &said, laptop, &words);
    let answer = telegram.complete(chat, "four years");
    assert!(!answer.text.contains("27 days"), "{answer:?}");
    // Of a message in another chat there is nothing but the quote.
    telegram.quote_elsewhere(chat, 42, vacation, &words);
    let answer = telegram.complete(chat, "27 days");
    assert!(!answer.text.contains("four years"), "{answer:?}");
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

#[test]
fn posts_of_a_linked_channel_are_left_alone() {
    let telegram = Telegram::start();
    let home = telegram.home(&["generation.model=extractive"]);
    let chat = Chat::group(7);
    let _stoa = ready(&home, chat);
    telegram.promote(chat, 1);
    telegram.say(chat, 1, "/settings mention off");
    telegram.complete(chat, "Done.");
    telegram.post_of_channel(chat, "New laptops have come. When is a laptop replaced?");
    telegram.say(chat, 42, "How many days of vacation do I get?");
    telegram.complete(chat, "27 days");
    assert_eq!(telegram.shown(chat).len(), 2, "{:?}", telegram.shown(chat));
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

#[test]
fn a_file_beside_a_question_in_a_group_is_read_with_it() {
    let telegram = Telegram::start();
    let home = telegram.home(&["generation.model=extractive"]);
    let chat = Chat::group(7);
    let _stoa = ready(&home, chat);
    let ask = |name: &str, bytes: &[u8], words: &str| {
        let words = format!("@{USERNAME} {words}");
        telegram.send_file(chat, 42, name, bytes, &words);
    };
    ask(
        "message.txt",
        b"When is a laptop replaced?",
        "please answer this",
    );
    let answer = telegram.complete(chat, "four years");
    assert!(
        answer.text.contains("I read the file message.txt"),
        "{answer:?}"
    );
    ask(
        "manual.pdf",
        b"%PDF-",
        "How many days of vacation do I get?",
    );
    let answer = telegram.complete(chat, "27 days");
    assert!(
        answer.text.contains("I did not read the file manual.pdf"),
        "{answer:?}"
    );
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

#[test]
fn a_bare_mention_is_welcomed_and_an_odd_update_holds_up_none() {
    let telegram = Telegram::start();
    let home = telegram.home(&["generation.model=extractive"]);
    let chat = Chat::group(7);
    let _stoa = ready(&home, chat);
    telegram.send_oddly();
    telegram.say(chat, 42, &format!("@{USERNAME}"));
    let welcome = telegram.complete(chat, "Ask me anything");
    assert!(!welcome.text.contains("/unanswered"), "{welcome:?}");
    wait_until("updates are taken", || telegram.pending() == 0);
    assert!(
        home.log().contains("an update cannot be read"),
        "{}",
        home.log()
    );
    assert_eq!(telegram.offences(), Vec::<String>::new());
}
