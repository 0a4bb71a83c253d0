"""What deploy/eval.sh needs beside the program.

    evaluation.py sets DATA WORK          makes question sets of the collections in DATA that are there
    evaluation.py page INPUTS PAGE RUNS   writes the figures of the results in the folder RUNS; of a collection that was
                                          not measured this time, what the page says of it stays
"""

import json
import pathlib
import re
import sys

TITLES = {
    "handbook": "The example handbook (`examples/handbook`), in English and Chinese, a third without an answer",
    "cranfield": "Cranfield: abstracts of aeronautics, search only",
    "pumpkin": "A Chinese textbook of two hundred pages",
}
# Times and tokens are those of a machine.
SPENT = ("_ms", "_tokens")


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def write(path, questions):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        for question in questions:
            file.write(json.dumps(question, ensure_ascii=False) + "\n")


def cranfield(data, work):
    if not (data / "corpus.jsonl").is_file():
        return
    documents = work / "cranfield" / "documents"
    documents.mkdir(parents=True)
    for text in lines(data / "corpus.jsonl"):
        # One abstract is empty, and an empty file cannot be taught.
        (documents / f"{text['id']}.txt").write_text(text["text"].strip() or "no abstract", encoding="utf-8")
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
    write(work / "cranfield" / "questions.jsonl", questions)


def pumpkin(data, work):
    if not (data / "questions.jsonl").is_file():
        return
    questions = []
    for q in lines(data / "questions.jsonl"):
        text, page = (q.get("text") or "").strip(), q.get("page")
        # Some are empty.
        if text and page:
            place = {"document": "pumpkin_book.pdf", "page": page}
            questions.append({"id": str(q["id"]), "question": text, **place, "language": "zh", "origin": "pumpkin_book"})
    write(work / "pumpkin" / "questions.jsonl", questions)


def section(name, run):
    setup, figures = run["setup"], run["figures"]
    models = ", ".join(f"{what} {model}" for what, model in sorted(setup["models"].items()))
    out = [
        f"<!-- {name} -->",
        f"## {TITLES.get(name, name)}",
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
    columns = ("recall@1", "recall@5", "ndcg@10", "mrr")
    if run["variants"]:
        out += ["", "| search | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
        for variant in [{"name": "as it is", "figures": figures}, *run["variants"]]:
            cells = (f"{variant['figures'][c]['value']:.3f}" if c in variant["figures"] else "" for c in columns)
            out.append(f"| {variant['name']} | " + " | ".join(cells) + " |")
    return "\n".join([*out, "<!-- end -->"])


def page(inputs, path, runs):
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    kept = dict(re.findall(r"(?s)<!-- (\w+) -->(.*?)<!-- end -->", before))
    out = [
        "# How good answers are",
        "",
        "Made by `make eval` with what a newcomer has: the embedding model that comes with Stoa, and answers that are",
        f"quotes. What each figure means: `stoa eval --help` and the report. Made of `{inputs}`.",
    ]
    for name in TITLES:
        run = runs / f"{name}.json"
        if run.is_file():
            out += ["", section(name, json.loads(run.read_text(encoding="utf-8")))]
        elif name in kept:
            out += ["", f"<!-- {name} -->{kept[name]}<!-- end -->"]
    path.write_text("\n".join(out) + "\n", encoding="utf-8")


if sys.argv[1] == "sets":
    data, work = map(pathlib.Path, sys.argv[2:4])
    cranfield(data / "cranfield", work)
    pumpkin(data / "pumpkin_book", work)
else:
    page(sys.argv[2], pathlib.Path(sys.argv[3]), pathlib.Path(sys.argv[4]))
