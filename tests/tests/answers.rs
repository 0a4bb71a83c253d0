//! What reaches the reader, whatever the language of the question and of the document.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use stoa_proto::generation::{
    AnswerStyle, GetPersonaRequest, SetPersonaRequest,
    generation_service_client::GenerationServiceClient,
};
use stoa_tests::{
    Home,
    endpoint::{Endpoint, KEY, Writes},
    write,
};

/// A document, and natural questions about it in several languages.
struct Document {
    name: &'static str,
    sentences: &'static [&'static str],
    questions: &'static [&'static str],
}

const DOCUMENTS: [Document; 4] = [
    Document {
        name: "allotments.md",
        sentences: &[
            "Every plot has 180 square metres and one water tap.",
            "Fires may only be lit between October and March.",
            "In 2019 the club leased the northern field from the parish of Elm Hill.",
            "Bees are kept by the members of plot 14, not by the club.",
        ],
        questions: &[
            "I'd like to rent a garden: how big is it and what may I do there?",
            "我想租一块菜地，有多大，可以做什么？",
            "Ich möchte einen Garten pachten: Wie groß ist er, und was darf ich dort?",
        ],
    },
    Document {
        name: "泳馆.md",
        sentences: &[
            "泳馆周一闭馆，其余日子早上七点至晚上九点开放。",
            "十二岁以下儿童必须由成人陪同入场。",
            "储物柜押金为五元，离馆时退还。",
            "深水区不对未通过测试的人开放。",
        ],
        questions: &[
            "带孩子去游泳要注意什么？",
            "What should I know before I take my child for a swim?",
            "谁能告诉我泳馆的规定？",
        ],
    },
    Document {
        name: "werkstatt.md",
        sentences: &[
            "Die Werkstatt ist werktags von 8 bis 18 Uhr geöffnet.",
            "Die Kreissäge darf nur nach einer Einweisung benutzt werden.",
            "Leim und Schrauben sind kostenlos, Holz nicht.",
        ],
        questions: &[
            "Was muss ich wissen, bevor ich in der Werkstatt arbeite?",
            "What do I need to know about the workshop?",
            "在工坊里干活要知道什么？",
        ],
    },
    Document {
        name: "kiosk.md",
        sentences: &[
            "Coffee costs 2.40 euros, and tea 1.90.",
            "The kiosk takes cards from 5 euros.",
        ],
        questions: &["那个小店卖什么，多少钱，怎么付款？", "What does it cost?"],
    },
];

/// A home whose model says what `says` holds, and whose words alone are checked.
fn home_that_says(says: &Arc<Mutex<String>>) -> (Endpoint, Home) {
    let endpoint = Endpoint::start(8, Writes::Says(Arc::clone(says)));
    let url = format!("generation.url={}", endpoint.url);
    let home = Home::with(&[&url, "generation.model=test-model", "checking.model=none"])
        .env("STOA_GENERATION_API_KEY", KEY);
    (endpoint, home)
}

#[test]
fn a_sentence_of_the_document_is_let_through_whatever_language_asks() {
    let says = Arc::new(Mutex::new(String::new()));
    let (_endpoint, home) = home_that_says(&says);
    let stoa = home.up(&[]).expect("starts");
    let folder = tempfile::tempdir().expect("temporary folder");
    let mut lost = Vec::new();
    for (n, document) in DOCUMENTS.iter().enumerate() {
        let space = format!("document-{n}");
        let text = format!("# Rules\n\n{}\n", document.sentences.join(" "));
        let file = write(folder.path(), document.name, text);
        stoa.good(&["learn", &file, "--space", &space]);
        for question in document.questions {
            for sentence in document.sentences {
                *says.lock().expect("not poisoned") = format!("{sentence} [1]");
                let answer = stoa.good(&["ask", question, "--space", &space]);
                if !answer["answer"]
                    .as_str()
                    .is_some_and(|text| text.contains(sentence))
                {
                    lost.push((question, sentence, answer["answer"].clone()));
                }
            }
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
}

#[test]
fn what_a_models_cosines_mean_is_measured_and_put_into_its_description() {
    let home = Home::new();
    let stoa = home.up(&[]).expect("starts");
    let folder = tempfile::tempdir().expect("temporary folder");
    let mut questions = Vec::new();
    for document in &DOCUMENTS {
        let text = document.sentences.join("\n\n");
        stoa.good(&["learn", &write(folder.path(), document.name, text)]);
        for question in document.questions.iter().take(2) {
            questions.push(json!({ "question": question, "document": document.name }));
        }
    }
    questions.push(json!({ "question": "Who painted the ceiling of the cathedral?" }));
    let lines: Vec<String> = questions.iter().map(Value::to_string).collect();
    let file = write(folder.path(), "questions.jsonl", lines.join("\n"));
    let description = write(folder.path(), "stoa.json", r#"{"dimensions": 384}"#);
    let found = stoa.good(&["calibrate", &file, "--write", &description]);
    let number = |value: &Value, key: &str| value[key].as_f64().expect("a number");
    assert_eq!(
        (&found["questions"], &found["answerable"]),
        (&json!(9), &json!(8)),
        "{found}"
    );
    assert_eq!(found["not_found"], 0, "{found}");
    assert!(
        number(&found, "unrelated") < number(&found, "paraphrase"),
        "{found}"
    );
    let written = std::fs::read_to_string(&description).expect("reads");
    let written: Value = serde_json::from_str(&written).expect("JSON");
    assert_eq!(written["dimensions"], 384);
    assert!((number(&written, "floor") - number(&found, "floor")).abs() < 1e-3);

    let bad = write(folder.path(), "bad.jsonl", "{\"quest\": 1}");
    let output = stoa.run(&["calibrate", &bad]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !output.status.success() && said.contains("line 1"),
        "{said}"
    );
}

#[test]
fn a_space_has_its_own_style_which_its_words_leave_alone() {
    let home = Home::new();
    let stoa = home.up(&[]).expect("starts");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (seen, refusals) = runtime.block_on(async {
        let mut generation = GenerationServiceClient::new(stoa.channel());
        let (mut seen, mut refusals) = (Vec::new(), Vec::new());
        let changes = [
            (None, None),
            (Some("You are brief."), Some(AnswerStyle::Short.into())),
            (Some(""), None),
            // No style has this number: neither it nor the words are taken.
            (Some("You are a pirate."), Some(99)),
            (None, Some(AnswerStyle::Unspecified.into())),
        ];
        for (text, style) in changes {
            let change = SetPersonaRequest {
                space: "here".to_owned(),
                text: text.map(str::to_owned),
                style,
            };
            if let Err(status) = generation.set_persona(change).await {
                refusals.push(i32::from(status.code()));
            }
            let get = GetPersonaRequest {
                space: "here".to_owned(),
            };
            let persona = generation.get_persona(get).await.expect("answers");
            let persona = persona.into_inner();
            seen.push((persona.text.clone(), persona.style()));
        }
        (seen, refusals)
    });
    let persona = |text: &str, style| (text.to_owned(), style);
    let [before, set, silent, refused, plain] = <[_; 5]>::try_from(seen).expect("five changes");
    assert_eq!(before, persona("", AnswerStyle::Unspecified));
    assert_eq!(set, persona("You are brief.", AnswerStyle::Short));
    assert_eq!(silent, persona("", AnswerStyle::Short));
    assert_eq!(refused, silent);
    assert_eq!(plain, persona("", AnswerStyle::Unspecified));
    assert_eq!(refusals, [3], "gRPC's number of an invalid argument");
}
