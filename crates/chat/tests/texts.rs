//! Every language has every text, and the code asks for none that is not there.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use fluent_syntax::{
    ast::{Entry, Expression, InlineExpression, Pattern, PatternElement},
    parser,
};
use stoa_chat::Locale;

/// Texts by their id (attributes as `id.attribute`), and the values that each has in it.
type Texts = BTreeMap<String, BTreeSet<String>>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|ends| ends == extension) {
            found.push(path);
        }
    }
    found
}

fn texts(locale: Locale) -> Texts {
    let folder = root().join("texts").join(locale.tag());
    let mut texts = Texts::new();
    for path in files(&folder, "ftl") {
        let source = fs::read_to_string(&path).expect("a file");
        let resource = parser::parse(source.as_str())
            .unwrap_or_else(|(_, errors)| panic!("{}: {errors:?}", path.display()));
        for entry in resource.body {
            let Entry::Message(message) = entry else {
                continue;
            };
            let name = message.id.name;
            let patterns = message
                .value
                .iter()
                .map(|value| (name.to_owned(), value))
                .chain(message.attributes.iter().map(|attribute| {
                    let id = format!("{name}.{}", attribute.id.name);
                    (id, &attribute.value)
                }));
            for (id, pattern) in patterns {
                let mut values = BTreeSet::new();
                collect(pattern, &mut values);
                assert!(
                    texts.insert(id.clone(), values).is_none(),
                    "{id} is there twice"
                );
            }
        }
    }
    texts
}

/// The values in a text, those by which it chooses too.
fn collect(pattern: &Pattern<&str>, values: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else {
            continue;
        };
        let inline = match expression {
            Expression::Inline(inline) => inline,
            Expression::Select { selector, variants } => {
                for variant in variants {
                    collect(&variant.value, values);
                }
                selector
            }
        };
        if let InlineExpression::VariableReference { id } = inline {
            values.insert(id.name.to_owned());
        }
    }
}

#[test]
fn every_language_has_every_text() {
    let wanted = texts(Locale::default());
    assert!(Locale::all().len() > 1);
    for locale in Locale::others() {
        let texts = texts(locale);
        let lacking: Vec<&String> = wanted
            .keys()
            .filter(|id| !texts.contains_key(*id))
            .collect();
        let unknown: Vec<&String> = texts
            .keys()
            .filter(|id| !wanted.contains_key(*id))
            .collect();
        assert!(lacking.is_empty(), "{} lacks {lacking:?}", locale.tag());
        assert!(unknown.is_empty(), "{} has {unknown:?}", locale.tag());
        for (id, values) in &texts {
            // A language without plurals need not choose by a number.
            let wanted = &wanted[id];
            assert!(
                values.is_subset(wanted),
                "{}: {id}: {values:?}, not {wanted:?}",
                locale.tag()
            );
        }
    }
}

/// What stands in quotes in the code and has the form of a text's id.
fn quoted(code: &str) -> BTreeSet<&str> {
    code.split('"')
        .skip(1)
        .step_by(2)
        .filter(|id| {
            !id.is_empty()
                && id
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || "-.639".contains(c))
        })
        .collect()
}

#[test]
fn no_text_is_unused_and_none_is_asked_for_that_is_not_there() {
    let texts = texts(Locale::default());
    let services = root().join("../../services");
    let folders = [
        root().join("src"),
        services.join("discord/src"),
        services.join("telegram/src"),
    ];
    let code: Vec<String> = folders
        .iter()
        .flat_map(|folder| files(folder, "rs"))
        .map(|path| fs::read_to_string(path).expect("a file"))
        .collect();
    let used: BTreeSet<&str> = code.iter().flat_map(|code| quoted(code)).collect();
    // Those of commands, settings and styles are asked for by the name of the command, the setting or the style.
    let by_name = |id: &str| {
        let mut families = ["command-", "setting-", "choice-style-"].into_iter();
        let name = families.find_map(|family| id.strip_prefix(family));
        name.is_some_and(|name| used.contains(name))
    };
    for id in texts.keys() {
        assert!(used.contains(id.as_str()) || by_name(id), "{id} is unused");
    }
    let families: BTreeSet<&str> = texts.keys().filter_map(|id| id.split('-').next()).collect();
    for id in &used {
        let family = id.split('-').next().unwrap_or_default();
        if id.contains('-') && families.contains(family) {
            assert!(texts.contains_key(*id), "{id} is not there");
        }
    }
}

#[test]
fn a_text_is_given_in_the_language_that_was_asked_for() {
    let chinese = Locale::named("中文").expect("it is spoken");
    assert_eq!(chinese.page(3), "第 3 页");
    assert_eq!(Locale::default().page(3), "p. 3");
    let learned = |pages: u32| {
        let values = [("pages", pages.into()), ("passages", 2_u32.into())];
        Locale::default().format("job-learned", values)
    };
    assert_eq!(learned(1), "1 page, 2 passages");
    assert_eq!(learned(3), "3 pages, 2 passages");
}
