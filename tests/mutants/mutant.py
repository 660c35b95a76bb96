"""What a mutant is: a check taken out of the filter, and the rows that must notice."""

from dataclasses import dataclass


class DoesNotFit(Exception):
    """The table speaks of source text that is not there, or is there more than once."""


@dataclass(frozen=True)
class Edit:
    """In `file`, `old` is replaced by `new`; `old` occurs there exactly once."""

    file: str
    old: str
    new: str

    def on(self, text):
        found = text.count(self.old)
        if found != 1:
            raise DoesNotFit(f"{self.file} has this text {found} times, not once:\n{self.old}")
        return text.replace(self.old, self.new)


@dataclass(frozen=True)
class Also:
    """A second check that would catch the same, taken out as well; `why` says what it is."""

    why: str
    edit: Edit


@dataclass(frozen=True)
class Mutant:
    """`rows` are named as in the threat model, `suite: table/row`, and each of them must fail.

    They run over HTTP/1.1 in one mode: with headers that wait, unless `mode` says `streams`.
    """

    name: str
    edit: Edit
    rows: tuple
    also: tuple = ()
    mode: str = "waits"

    def edits(self):
        return [self.edit, *(also.edit for also in self.also)]

    def texts(self, read):
        """The changed files, by path, of a tree that `read` reads: edits of one file follow each other."""
        texts = {}
        for edit in self.edits():
            texts[edit.file] = edit.on(texts.get(edit.file) or read(edit.file))
        return texts
