//! Files of questions and results.

use std::{
    fs::{self, File},
    io::{ErrorKind, Read, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use stoa_eval::{FORMAT, QuestionSet, Run};
use stoa_kit::Space;

/// Largest result that is read: 10,000 questions with long answers.
const MAX_RESULT: u64 = 512 << 20;

pub(super) fn questions(file: &Path) -> Result<QuestionSet> {
    let name = file.display();
    let opened = File::open(file).with_context(|| format!("cannot read {name}"))?;
    QuestionSet::read(opened).with_context(|| format!("{name} is no question set"))
}

/// The same, where a file that is not there has no questions.
pub(super) fn questions_if_there(file: &Path) -> Result<Option<QuestionSet>> {
    let is_empty = match fs::metadata(file) {
        Ok(found) => found.len() == 0,
        Err(error) if error.kind() == ErrorKind::NotFound => true,
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", file.display()));
        }
    };
    if is_empty {
        return Ok(None);
    }
    questions(file).map(Some)
}

/// Whether a set is of a space, where it says whose it is.
pub(super) fn belongs(set: &QuestionSet, space: &Space, file: &Path) -> Result<()> {
    let of = set.head.as_ref().map(|head| head.space.as_str());
    match of {
        Some(of) if of != space.as_str() => bail!(
            "{} is of space {of}, and not of {space}: name it with --space {of}",
            file.display()
        ),
        _ => Ok(()),
    }
}

pub(super) fn result(file: &Path) -> Result<Run> {
    let name = file.display();
    let opened = File::open(file).with_context(|| format!("cannot read {name}"))?;
    let mut text = String::new();
    opened
        .take(MAX_RESULT + 1)
        .read_to_string(&mut text)
        .with_context(|| format!("cannot read {name}"))?;
    ensure!(
        text.len() as u64 <= MAX_RESULT,
        "{name} has more than {MAX_RESULT} bytes"
    );
    let run: Run = serde_json::from_str(&text).with_context(|| {
        format!("{name} is no result: `stoa eval QUESTIONS.jsonl --out {name}` writes one")
    })?;
    if run.format != FORMAT {
        bail!(
            "{name} has form {}, and this version reads {FORMAT}: measure again with --out",
            run.format
        );
    }
    Ok(run)
}

pub(super) fn write(file: &Path, text: &str) -> Result<()> {
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

/// Adds lines to a file, which need not be there and need not end with a line's end.
pub(super) fn append(file: &Path, lines: &str) -> Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let failed = || format!("cannot write {}", file.display());
    let before = match fs::read(file) {
        Ok(before) => before,
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error).with_context(failed),
    };
    let end = if before.is_empty() || before.ends_with(b"\n") {
        ""
    } else {
        "\n"
    };
    let mut opened = File::options()
        // Appended and not written anew: an editor may have the file open, and nothing in it is lost.
        .append(true)
        .create(true)
        .open(file)
        .with_context(failed)?;
    let added = format!("{end}{lines}");
    opened.write_all(added.as_bytes()).with_context(failed)
}

/// Writes a file whole or not at all, so that who is killed meanwhile leaves what was there.
pub(super) fn replace(file: &Path, text: &str) -> Result<()> {
    let failed = || format!("cannot write {}", file.display());
    // What a link leads to is written, and the link stays.
    let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let new = beside(&file, "new");
    fs::write(&new, text).with_context(failed)?;
    fs::rename(&new, &file).with_context(failed)
}

/// A file beside a set, such as that of the proposals that were dropped.
pub(super) fn beside(questions: &Path, what: &str) -> PathBuf {
    let mut name = questions.as_os_str().to_owned();
    name.push(".");
    name.push(what);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_added_behind_whole_lines() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let file = folder.path().join("q.jsonl");
        assert!(questions_if_there(&file).expect("looked for").is_none());
        append(&file, "").expect("nothing to do");
        assert!(!file.exists());
        append(&file, "a").expect("writes");
        append(&file, "b\n").expect("writes");
        append(&file, "c\n").expect("writes");
        assert_eq!(fs::read_to_string(&file).expect("reads"), "a\nb\nc\n");
        assert!(beside(&file, "dropped").ends_with("q.jsonl.dropped"));
        replace(&file, "d\n").expect("writes");
        assert_eq!(fs::read_to_string(&file).expect("reads"), "d\n");
        assert!(!beside(&file, "new").exists());
    }

    #[test]
    fn what_is_no_result_says_how_to_make_one() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let file = folder.path().join("run.json");
        fs::write(&file, "{}").expect("writes");
        let error = format!("{:#}", result(&file).expect_err("is none"));
        assert!(error.contains("--out"), "{error}");
    }
}
