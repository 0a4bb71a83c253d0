//! A command that comes again after a kill does not act a second time, and nothing is said twice.

use stoa_tests::{
    Home, files,
    hold::When,
    telegram::{Chat, Telegram},
    wait_until,
};

const VACATION: &str = "How many days of vacation do I get?";
const LAPTOP: &str = "When is a laptop replaced?";

fn quoting(telegram: &Telegram) -> Home {
    telegram.home(&["generation.model=extractive"])
}

#[test]
fn a_reset_that_comes_again_forgets_nothing_more() {
    let telegram = Telegram::start();
    let home = quoting(&telegram);
    for (person, when) in [(42, When::Before), (43, When::After)] {
        let chat = Chat::with(person);
        let stoa = home.up(&[]).expect("it starts");
        stoa.teach(&format!("telegram:{person}"));
        telegram.say(chat, person, VACATION);
        telegram.complete(chat, "27 days");
        telegram.hold(&["SendMessage", "Forgotten"], when);
        telegram.say(chat, person, "/reset");
        wait_until("it is reset", || telegram.is_held());
        stoa.kill_dash_nine();
        // What is asked meanwhile belongs to the new conversation.
        telegram.say(chat, person, LAPTOP);
        let stoa = home.up(&[]).expect("it starts again");
        telegram.complete(chat, "four years");
        let shown = telegram.shown(chat);
        let said = |says: &str| {
            let saying = shown.iter().filter(|shown| shown.text.contains(says));
            saying.count()
        };
        assert_eq!(shown.len(), 3, "{when:?}: {shown:?}");
        assert_eq!(said("Forgotten"), 1, "{when:?}: {shown:?}");
        // Only the new question is left for the next reset.
        telegram.say(chat, person, "/reset");
        wait_until("it is reset anew", || telegram.shown(chat).len() == 4);
        let last = telegram.shown(chat).pop().expect("it is there");
        assert!(last.text.contains("Forgotten 1 question."), "{last:?}");
        assert!(stoa.interrupt());
    }
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

#[test]
fn a_retry_that_comes_again_after_its_job_has_ended_starts_nothing() {
    let telegram = Telegram::start();
    let home = quoting(&telegram);
    for (person, when) in [(42, When::Before), (43, When::After)] {
        let chat = Chat::with(person);
        let space = format!("telegram:{person}");
        let stoa = home.up(&[]).expect("it starts");
        let locked = files::encrypted_pdf();
        telegram.send_file(chat, person, "locked.pdf", &locked, "");
        let failed = telegram.complete(chat, "✗ locked.pdf");
        // The message that says how the retried job ended.
        telegram.hold(&["✗ locked.pdf"], when);
        telegram.press(chat, person, failed.id, "Retry");
        wait_until("it has failed again", || telegram.is_held());
        let jobs = stoa.good(&["jobs", "--space", &space]);
        stoa.kill_dash_nine();
        let calls = || telegram.calls("SendMessage") + telegram.calls("EditMessageText");
        let before = calls();
        let stoa = home.up(&[]).expect("it starts again");
        wait_until("the end of it is said once more", || {
            let shown = telegram.shown(chat);
            let ended = shown.iter().filter(|shown| shown.labels() == ["Retry"]);
            ended.count() == 2 && calls() > before
        });
        assert_eq!(telegram.shown(chat).len(), 2, "{:?}", telegram.shown(chat));
        // Another attempt would have changed when it ended.
        assert_eq!(stoa.good(&["jobs", "--space", &space]), jobs, "{when:?}");
        // Pressed anew, it is retried.
        let again = telegram.shown(chat).pop().expect("it is there");
        telegram.press(chat, person, again.id, "Retry");
        wait_until("it has failed once more", || {
            let now = stoa.good(&["jobs", "--space", &space]);
            now != jobs && now["jobs"][0]["state"] == "failed"
        });
        assert!(stoa.interrupt());
    }
    assert_eq!(telegram.offences(), Vec::<String>::new());
}
