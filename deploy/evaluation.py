"""What deploy/eval.sh needs beside the program.

    evaluation.py sets DATA WORK          makes a folder in WORK of each collection in DATA that is there: documents to
                                          teach, and questions.jsonl
    evaluation.py page INPUTS PAGE RUNS   writes the figures of the results in the folder RUNS; of a collection that was
                                          not measured this time, what the page says of it stays
"""

import json
import pathlib
import re
import shutil
import sys

HANDBOOK = "The example handbook (`examples/handbook`), in English and Chinese, a third without an answer"
# Collections that do not ship, in the order of the page.
COLLECTIONS = {
    "cranfield": "Cranfield: abstracts of aeronautics, search only",
    "pumpkin": "A Chinese textbook of two hundred pages",
    "rgb_en": "RGB, English: snippets of news; of every second question only those that do not answer it",
    "rgb_zh": "RGB, Chinese: the same",
    "statements": "Short rules in four languages, asked as people ask; nobody says which words would be right",
}
COLUMNS = "recall@1 recall@5 ndcg@10 correct score unsupported refusal.false refusal.recall".split()
# Times and tokens are those of a machine.
SPENT = ("_ms", "_tokens")


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def write(folder, questions):
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "questions.jsonl", "w", encoding="utf-8") as file:
        for question in questions:
            file.write(json.dumps(question, ensure_ascii=False) + "\n")


def teach(folder, name, text):
    documents = folder / "documents"
    documents.mkdir(parents=True, exist_ok=True)
    (documents / name).write_text(text, encoding="utf-8")


def cranfield(data, out):
    if not (data / "corpus.jsonl").is_file():
        return
    for text in lines(data / "corpus.jsonl"):
        # One abstract is empty, and an empty file cannot be taught.
        teach(out, f"{text['id']}.txt", text["text"].strip() or "no abstract")
    answers = {}
    for row in (data / "qrels.tsv").read_text(encoding="utf-8").splitlines():
        question, text, grade = (row.split("\t") + ["", ""])[:3]
        try:
            relevant = float(grade) > 0
        except ValueError:
            continue
        if relevant:
            answers.setdefault(question, []).append({"document": f"{text}.txt"})
    questions = [
        {"id": q["id"], "question": q["text"], "evidence": answers[q["id"]], "language": "en", "origin": "cranfield"}
        for q in lines(data / "queries.jsonl")
        if q["id"] in answers
    ]
    write(out, questions)


def pumpkin(data, out):
    if not (data / "questions.jsonl").is_file():
        return
    questions = []
    for q in lines(data / "questions.jsonl"):
        text, page = (q.get("text") or "").strip(), q.get("page")
        # Some are empty.
        if text and page:
            place = {"document": "pumpkin_book.pdf", "page": page}
            questions.append({"id": str(q["id"]), "question": text, **place, "language": "zh", "origin": "pumpkin_book"})
    write(out, questions)
    (out / "documents").mkdir()
    shutil.copy(data / "pumpkin_book.pdf", out / "documents")


def rgb(file, out, language):
    if not file.is_file():
        return
    questions = []
    for number, q in enumerate(lines(file)):
        # Of every second question nothing is taught that answers it.
        kinds = ["negative"] if number % 2 else ["positive", "negative"]
        for kind in kinds:
            for n, text in enumerate(q[kind]):
                teach(out, f"{q['id']}-{kind}-{n}.txt", flat(text))
        question = {"id": str(q["id"]), "question": q["query"], "language": language, "origin": "rgb"}
        if number % 2:
            question["unanswerable"] = True
        else:
            answers = q["answer"] if isinstance(q["answer"], list) else [q["answer"]]
            question["answers"] = [a for a in map(flat, answers) if a][:32]
            places = range(len(q["positive"]))
            question["evidence"] = [{"document": f"{q['id']}-positive-{n}.txt"} for n in places]
        questions.append(question)
    write(out, questions)


def flat(text):
    """Some answers and texts are lists of the same in other words, some of those nested."""
    while isinstance(text, list):
        text = text[0] if text else ""
    return str(text).strip()


def statements(data, out):
    if not (data / "statements.jsonl").is_file():
        return
    questions = []
    for n, row in enumerate(lines(data / "statements.jsonl")):
        teach(out, f"rules-{n}.md", row["passage"])
        questions.append({"id": str(n), "question": row["question"], "document": f"rules-{n}.md", "origin": "statements"})
    write(out, questions)


def cell(figures, steps, column, differences):
    step = steps.get(column)
    if column not in figures:
        return ""
    mark = {"better": "+", "worse": "−"}.get(step["verdict"], "") if step else ""
    if differences and step:
        return f"{step['by']:+.3f}{'*' if mark else ''}"
    return f"{figures[column]['value']:.3f}{mark}"


def table(head, rows, differences):
    columns = [c for c in COLUMNS if any(c in row["figures"] for row in rows)]
    out = ["", f"| {head} | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for row in rows:
        cells = (cell(row["figures"], row.get("steps", {}), column, differences) for column in columns)
        out.append(f"| {row['name']} | " + " | ".join(cells) + " |")
    return out


def section(name, title, run):
    setup, figures = run["setup"], run["figures"]
    models = ", ".join(f"{what} {model}" for what, model in sorted(setup["models"].items()))
    out = [
        f"<!-- {name} -->",
        title,
        "",
        f"{len(run['rows'])} questions (`{setup['questions_sha256'][:12]}`), {len(setup['documents'])} documents; {models}.",
        "",
        "| figure | value | 95 of 100 resamples | questions |",
        "|---|---|---|---|",
    ]
    for figure, value in figures.items():
        if not figure.endswith(SPENT):
            out.append(
                f"| {figure} | {value['value']:.3f} | {value['low']:.3f} to {value['high']:.3f} | {value['n']} |"
            )
    if run["ladder"]:
        out += table("what each generation adds", run["ladder"], False)
        out += ["", "`+` better and `−` worse than the row above by more than chance would do."]
    if run["ablation"]:
        whole = {"name": "the whole", "figures": figures}
        out += table("what each part is worth", [whole, *run["ablation"]], True)
        out += ["", "Differences from the whole; `*` more than chance would do."]
    out += [f"\nLeft out: {left_out}." for left_out in run["left_out"]]
    return "\n".join([*out, "<!-- end -->"])


def page(inputs, path, runs):
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    kept = dict(re.findall(r"(?s)<!-- (\w+) -->(.*?)<!-- end -->", before))

    def part(name, title):
        run = runs / f"{name}.json"
        if run.is_file():
            return ["", section(name, title, json.loads(run.read_text(encoding="utf-8")))]
        if name in kept:
            return ["", f"<!-- {name} -->{kept[name]}<!-- end -->"]
        return []

    out = [
        "# How good answers are",
        "",
        "Made by `make eval` with what a newcomer has: the embedding model that comes with Stoa, and answers that are",
        f"quotes. What each figure means: `stoa eval --help` and the report. Made of `{inputs}`.",
        *part("handbook", f"## {HANDBOOK}"),
        "",
        "## Collections that do not ship",
        "",
        "Other people's texts, measured where `STOA_BENCH_DATA` has them. Whoever has not cannot measure them again, so these",
        "figures are those of the last time that somebody could, and are not checked for being up to date as those above are.",
    ]
    collections = [part(name, f"### {title}") for name, title in COLLECTIONS.items()]
    out += [line for collection in collections for line in collection]
    if not any(collections):
        out += ["", "None has been measured with this version of the figures yet."]
    path.write_text("\n".join(out) + "\n", encoding="utf-8")


if sys.argv[1] == "sets":
    data, work = map(pathlib.Path, sys.argv[2:4])
    cranfield(data / "cranfield", work / "cranfield")
    pumpkin(data / "pumpkin_book", work / "pumpkin")
    rgb(data / "rgb" / "en_fact.jsonl", work / "rgb_en", "en")
    rgb(data / "rgb" / "zh_refine.jsonl", work / "rgb_zh", "zh")
    statements(data / "statements", work / "statements")
else:
    page(sys.argv[2], pathlib.Path(sys.argv[3]), pathlib.Path(sys.argv[4]))
