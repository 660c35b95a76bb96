//! The guarded paths of one relying party, compiled for look-up.

use std::ops::ControlFlow;

use super::canonical::{LONGEST, canonical, forms, is_plain};
use super::template::{Captures, PathTemplate, Segment, segments};
use crate::order::sorted;

/// Templates and prefixes, each with an id of its own: its position in the order of adding.
///
/// A look-up walks the segments of the path, so it costs what the path is long, however many templates there are.
#[derive(Clone, Debug, Default)]
pub struct PathTable {
    entries: Vec<Entry>,
    exact: Node,
    canonical: Node,
}

#[derive(Clone, Debug)]
enum Entry {
    Template(PathTemplate),
    Prefix(String),
}

/// What a path is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// No guarded path, in no spelling.
    Nothing,
    /// Another spelling of a guarded path, or a path that fits a template only until a server decodes it.
    Ambiguous,
    /// It fits these templates, exactly.
    Templates(Vec<(usize, Captures)>),
    /// It lies under a prefix; the rest of it begins with `/` or is empty.
    Under(usize, String),
}

impl PathTable {
    /// Adds a template and gives its id; the id of an equal one, if there is one.
    pub fn add(&mut self, template: &PathTemplate) -> usize {
        let known = |entry: &Entry| matches!(entry, Entry::Template(known) if known == template);
        if let Some(id) = self.entries.iter().position(known) {
            return id;
        }
        let id = self.entries.len();
        self.exact.at(template.exact_segments()).here.push(id);
        self.canonical.at(&template.canonical_segments()).here.push(id);
        self.entries.push(Entry::Template(template.clone()));
        id
    }

    /// Adds a prefix (`/.countersign`) that stands for itself and for every path below it, and gives its id. The
    /// empty one stands for every path.
    pub fn add_prefix(&mut self, prefix: &str) -> usize {
        let id = self.entries.len();
        let literals = |path: &[u8]| -> Vec<Segment> {
            let segments = segments(path).filter(|segment| !segment.is_empty());
            segments.map(|segment| Segment::Literal(segment.to_vec())).collect()
        };
        self.exact.at(&literals(prefix.as_bytes())).below.push(id);
        self.canonical.at(&literals(&canonical(prefix.as_bytes()))).below.push(id);
        self.entries.push(Entry::Prefix(prefix.to_owned()));
        id
    }

    /// What this path (without its query) is. A plain path that nothing guards costs no allocation.
    pub fn find(&self, path: &[u8]) -> Found {
        let mut exact = Vec::new();
        if path.starts_with(b"/") {
            self.exact.collect(segments(path), &mut exact);
        }
        let exact = sorted(exact);
        let agreed = if is_plain(path) {
            self.canonical_matches(path) == exact
        } else {
            self.every_form_agrees(path, &exact)
        };
        if !agreed {
            return Found::Ambiguous;
        }
        self.found(path, &exact)
    }

    fn canonical_matches(&self, form: &[u8]) -> Vec<usize> {
        let mut ids = Vec::new();
        self.canonical.collect(segments(form), &mut ids);
        sorted(ids)
    }

    /// The canonical form must fit what the path fits, and no other form may fit anything else.
    fn every_form_agrees(&self, path: &[u8], exact: &[usize]) -> bool {
        if path == b"*" {
            return true; // `OPTIONS *` (RFC 9110 section 7.1) names no resource
        }
        path.starts_with(b"/")
            && path.len() <= LONGEST
            && self.canonical_matches(&canonical(path)) == exact
            && forms(path, &mut |form| {
                if self.canonical_matches(form).iter().all(|id| exact.contains(id)) {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            })
            .is_continue()
    }

    fn found(&self, path: &[u8], ids: &[usize]) -> Found {
        let mut templates = Vec::new();
        for &id in ids {
            match self.entries.get(id) {
                Some(Entry::Template(template)) => templates.push((id, template.capture(path))),
                Some(Entry::Prefix(prefix)) => {
                    let rest =
                        path.strip_prefix(prefix.as_bytes()).map(<[u8]>::to_vec).map(String::from_utf8);
                    return match rest {
                        Some(Ok(rest)) => Found::Under(id, rest),
                        _ => Found::Ambiguous,
                    };
                }
                None => {}
            }
        }
        if templates.is_empty() { Found::Nothing } else { Found::Templates(templates) }
    }
}

/// A segment of the guarded paths: what may follow it, and what ends here.
#[derive(Clone, Debug, Default)]
struct Node {
    literals: Vec<(Vec<u8>, Node)>,
    capture: Option<Box<Node>>,
    here: Vec<usize>,
    below: Vec<usize>,
}

impl Node {
    /// The node at the end of these segments, made where it is missing.
    fn at(&mut self, segments: &[Segment]) -> &mut Self {
        let Some((first, rest)) = segments.split_first() else { return self };
        match first {
            Segment::Capture(_) => self.capture.get_or_insert_default().at(rest),
            Segment::Literal(literal) => self.literal(literal).at(rest),
        }
    }

    fn literal(&mut self, literal: &[u8]) -> &mut Self {
        let position = match self.literals.binary_search_by(|(known, _)| known.as_slice().cmp(literal)) {
            Ok(position) => position,
            Err(position) => {
                self.literals.insert(position, (literal.to_vec(), Self::default()));
                position
            }
        };
        #[expect(clippy::indexing_slicing, reason = "the position was just found or filled")]
        &mut self.literals[position].1
    }

    fn collect<'a>(&self, mut segments: impl Iterator<Item = &'a [u8]> + Clone, ids: &mut Vec<usize>) {
        ids.extend_from_slice(&self.below);
        let Some(segment) = segments.next() else {
            ids.extend_from_slice(&self.here);
            return;
        };
        if let Ok(position) = self.literals.binary_search_by(|(known, _)| known.as_slice().cmp(segment))
            && let Some((_, node)) = self.literals.get(position)
        {
            node.collect(segments.clone(), ids);
        }
        if let Some(node) = &self.capture
            && !segment.is_empty()
        {
            node.collect(segments, ids);
        }
    }
}

#[cfg(test)]
mod tests;
