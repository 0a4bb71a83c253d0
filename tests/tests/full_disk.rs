//! The data folder on a disk that is really full: nothing that is known is lost, and nothing ends.

use serde_json::Value;
use stoa_tests::{
    Home, Stoa,
    disk::Disk,
    files,
    telegram::{Chat, Telegram},
    wait_until, wait_until_or, write,
};

/// The setting that is named to whoever has to wait.
const KEY: &str = "data.min_free_mib";
const VACATION: &str = "How many days of vacation does everybody get?";
const LAPTOP: &str = "When is a laptop replaced?";
/// MiB of the disk; that are to stay free on it; and of a document: less than half of that, so that the last one is taken
/// in and waits.
const DISK: u64 = 512;
const KEPT: u64 = 128;
const DOCUMENT: usize = 24;

fn name(number: usize) -> String {
    format!("boat{number}.docx")
}

fn job(stoa: &Stoa<'_>, document: &str) -> Option<Value> {
    let jobs = stoa.good(&["jobs"]);
    let jobs = jobs["jobs"].as_array().expect("a list");
    jobs.iter().find(|job| job["document"] == document).cloned()
}

/// Teaches documents until one of them waits for room; returns how many were learned before it.
fn learn_until_it_is_full(stoa: &Stoa<'_>) -> usize {
    let folder = tempfile::tempdir().expect("temporary folder");
    for number in 0.. {
        let text = format!("The keeper of boat {number} is called Ash.");
        let path = write(
            folder.path(),
            &name(number),
            files::heavy_docx(&text, DOCUMENT),
        );
        stoa.good(&["learn", &path, "--no-wait"]);
        let state = || job(stoa, &name(number)).unwrap_or_default();
        let is_learned = || state()["state"] == "succeeded";
        let waits = || {
            let job = state();
            job["state"] == "queued" && job.to_string().contains(KEY)
        };
        wait_until_or(
            || format!("it is learned, or says why not: {}", state()),
            || is_learned() || waits(),
        );
        if !is_learned() {
            return number;
        }
        assert!(number < 100, "the disk does not fill");
    }
    unreachable!("there are as many numbers as it takes")
}

fn finds(stoa: &Stoa<'_>, words: &str, says: &str) -> bool {
    let found = stoa.good(&["search", words]);
    found.to_string().contains(says)
}

fn answers(stoa: &Stoa<'_>) -> bool {
    let answer = stoa.good(&["ask", VACATION]);
    answer["answer"].to_string().contains("27 days")
}

#[test]
fn on_a_full_disk_what_is_known_answers_and_with_room_all_goes_on() {
    let telegram = Telegram::start();
    let home = telegram.home(&["generation.model=extractive"]);
    let Some(disk) = Disk::mount(&home.data(), DISK) else {
        return;
    };
    let kept = format!("{KEY}={KEPT}");
    let stoa = home.up(&["--set", &kept]).expect("it starts");
    stoa.teach("default");
    let chat = Chat::with(42);
    stoa.teach("telegram:42");
    telegram.say(chat, 42, VACATION);
    telegram.complete(chat, "27 days");
    let learned = learn_until_it_is_full(&stoa);
    assert!(learned > 0, "something is learned before");
    assert!(answers(&stoa));
    assert!(finds(&stoa, "keeper of boat 0", "The keeper of boat 0"));

    // Somebody else takes the rest, to the last page.
    let ballast = disk.fill();
    let folder = tempfile::tempdir().expect("temporary folder");
    let boats = write(folder.path(), "boats.md", "Boats are lent to members.\n");
    let refused = stoa.run(&["learn", &boats]);
    let said = String::from_utf8_lossy(&refused.stderr) + String::from_utf8_lossy(&refused.stdout);
    assert!(!refused.status.success() && said.contains(KEY), "{said}");
    let checked = stoa.run(&["doctor"]);
    let checked = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(checked.contains("disk: 0 MiB are free"), "{checked}");
    // For longer than the job waits that looks for room, and than the index leaves its files alone.
    let looks = || home.log().matches("the job waits").count();
    let before = looks();
    wait_until("the job looks for room twice more", || {
        assert!(finds(&stoa, "days of vacation", "27 days"));
        looks() >= before + 2 || home.log().contains("No space left on device")
    });
    assert!(finds(&stoa, "keeper of boat 0", "The keeper of boat 0"));
    // What is said to the bot meanwhile is for later, and nothing of it is lost.
    telegram.say(chat, 42, LAPTOP);

    drop(ballast);
    disk.resize(2 * DISK);
    telegram.complete(chat, "four years");
    let said = telegram.shown(chat);
    let answered = said
        .iter()
        .filter(|shown| shown.text.contains("four years"));
    assert_eq!(answered.count(), 1, "{said:?}");
    let waiting = name(learned);
    wait_until("the job goes on", || {
        job(&stoa, &waiting).is_some_and(|job| job["state"] == "succeeded")
    });
    let is_whole = |stoa: &Stoa<'_>| {
        let documents = stoa.good(&["documents"]);
        let documents = documents["documents"].as_array().expect("a list").len();
        // The handbook, and all boats.
        documents == learned + 2 && answers(stoa)
    };
    assert!(is_whole(&stoa));
    assert!(stoa.interrupt(), "{}", home.log());
    let stoa = home.up(&["--set", &kept]).expect("it starts again");
    assert!(is_whole(&stoa));
}

#[test]
fn a_disk_that_can_only_be_read_is_called_so() {
    let home = Home::new();
    let Some(disk) = Disk::mount(&home.data(), 16) else {
        return;
    };
    disk.make_read_only();
    let refused = match home.up(&[]) {
        Ok(_) => panic!("there is nowhere to write to"),
        Err(error) => error.to_string(),
    };
    assert!(refused.contains("for reading only"), "{refused}");
    assert!(!refused.contains("somebody else"), "{refused}");
}
