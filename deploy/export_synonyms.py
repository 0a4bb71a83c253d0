#!/usr/bin/env python3
"""Writes crates/language/data/synonyms/en.txt from WordNet, as Debian's package wordnet-base has it.

usage: export_synonyms.py [FOLDER] > crates/language/data/synonyms/en.txt      FOLDER: /usr/share/wordnet

A line is a set of words that mean the same. A word stands in the sets of its most frequent senses alone, for in a rare
one it means something else to nearly every reader: to buy is also to bribe. Names and phrases are left out. A verb and
the noun of what it does (decide, decision) are a line of their own.
"""
import collections, pathlib, re, sys

FOLDER = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/wordnet")
PARTS = {"n": "noun", "v": "verb", "a": "adj", "s": "adj", "r": "adv"}
SENSES = 2  # of each word
DEEDS = {"04", "11"}  # WordNet's files of nouns for acts and events


def lines(name):
    for line in (FOLDER / name).read_text().splitlines():
        if not line.startswith("  "):  # the licence
            yield line.split("|")[0].split()


ranks = {}  # of a word's senses: the place among them, and whether texts were found that use it
for part in ("n", "v", "a", "r"):
    for fields in lines("index." + PARTS[part]):
        senses, tagged = int(fields[2]), int(fields[-int(fields[2]) - 1])
        for rank, offset in enumerate(fields[-senses:]):
            ranks[fields[0], part, offset] = (rank, rank < tagged)


def frequent(word, part, offset):
    rank, tagged = ranks.get((word, "a" if part == "s" else part, offset), (SENSES, False))
    return re.fullmatch("[a-z]{3,}", word) and rank < SENSES and (tagged or rank == 0)


synsets, links = {}, []
for part in ("n", "v", "a", "r"):
    for fields in lines("data." + PARTS[part]):
        offset, count = fields[0], int(fields[3], 16)
        words = [re.sub(r"\(.*\)", "", fields[4 + 2 * at]) for at in range(count)]
        synsets[part, offset] = (fields[1], words)
        at = 5 + 2 * count
        for pointer in range(int(fields[4 + 2 * count])):
            kind, to, other, places = fields[at + 4 * pointer:at + 4 * pointer + 4]
            if kind == "+" and part == "v" and other == "n":
                links.append((offset, to, int(places[:2], 16), int(places[2:], 16)))

found = collections.OrderedDict()
for (part, offset), (_, words) in synsets.items():
    same = [word for word in dict.fromkeys(words) if frequent(word, part, offset)]
    if len(same) > 1:
        found[" ".join(same)] = None
for verb, noun, from_, to in links:
    file, nouns = synsets["n", noun]
    pair = [synsets["v", verb][1][from_ - 1], nouns[to - 1]]
    if file in DEEDS and frequent(pair[0], "v", verb) and frequent(pair[1], "n", noun) and pair[0] != pair[1]:
        found[" ".join(pair)] = None
print("\n".join(sorted(found)))
