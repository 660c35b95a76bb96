//! YAML, read as Envoy reads it (or a Kubernetes API server), and where its parts stand.

mod scalar;

use countersign::config::DEPTH;
use countersign::json::{Object, Value};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span};

use super::{Document, Place, Places, Unreadable, joined};
use scalar::Dialect;

/// Levels of a whole file: a configuration and what is around it.
const DEEPEST: usize = DEPTH + 32;

pub(super) fn read(bytes: &[u8]) -> Result<Vec<Document>, Unreadable> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(unreadable(None, "this is not UTF-8".to_owned(), "save the file as UTF-8"));
    };
    let mut reader = Reader { dialect: Dialect::of(text), ..Reader::default() };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            unreadable(
                Some(*error.marker()),
                format!("this is not YAML: {}", error.info()),
                "write YAML, indented by spaces, or one JSON object",
            )
        })?;
        reader.on(event, span)?;
    }
    Ok(reader.documents)
}

fn unreadable(at: Option<Marker>, message: String, help: &str) -> Unreadable {
    Unreadable { place: at.map(place), message, help: help.to_owned() }
}

fn place(mark: Marker) -> Place {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Place { line: number(mark.line()), column: number(mark.col() + 1) }
}

/// What is open.
enum Open {
    List(Vec<Value>),
    /// With the name whose value comes next.
    Mapping(Object, Option<String>),
}

/// Something that is open, where, and under which anchor.
struct Level {
    open: Open,
    pointer: String,
    anchor: usize,
}

#[derive(Default)]
struct Reader {
    dialect: Dialect,
    levels: Vec<Level>,
    anchors: Vec<(usize, Value)>,
    places: Places,
    documents: Vec<Document>,
}

impl Reader {
    fn on(&mut self, event: Event<'_>, span: Span) -> Result<(), Unreadable> {
        match event {
            Event::DocumentStart(_) => {
                self.places = Places::default();
                self.anchors.clear();
            }
            Event::Alias(anchor) => {
                let value = self.anchors.iter().find(|(known, _)| *known == anchor);
                let value = value.map_or(Value::Null, |(_, value)| value.clone());
                self.value(value, 0, span)?;
            }
            Event::Scalar(text, style, anchor, tag) => {
                if let Some(Level { open: Open::Mapping(object, name @ None), pointer, .. }) =
                    self.levels.last_mut()
                {
                    let child = joined(pointer, &text);
                    if object.get(&text).is_some() {
                        return Err(unreadable(
                            Some(span.start),
                            format!("the name `{}` stands twice in one mapping", text.escape_debug()),
                            "write every member once",
                        ));
                    }
                    self.places.insert(&child, place(span.start));
                    *name = Some(text.into_owned());
                    return Ok(());
                }
                let plain = style == ScalarStyle::Plain && tag.is_none();
                let value = if plain { self.dialect.plain(&text) } else { text.as_ref().into() };
                self.value(value, anchor, span)?;
            }
            Event::SequenceStart(anchor, _) => self.open(Open::List(Vec::new()), anchor, span)?,
            Event::MappingStart(anchor, _) => {
                self.open(Open::Mapping(Object::default(), None), anchor, span)?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(level) = self.levels.pop() else { return Ok(()) };
                let value = match level.open {
                    Open::List(items) => Value::Array(items),
                    Open::Mapping(object, _) => Value::Object(object),
                };
                self.closed(value, level.anchor);
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn open(&mut self, open: Open, anchor: usize, span: Span) -> Result<(), Unreadable> {
        if let Some(Level { open: Open::Mapping(_, None), .. }) = self.levels.last() {
            return Err(unreadable(Some(span.start), "a name must be a text".to_owned(), "write a text"));
        }
        if self.levels.len() >= DEEPEST {
            let help = "write fewer lists and mappings inside each other";
            return Err(unreadable(
                Some(span.start),
                format!("this is nested deeper than {DEEPEST} levels"),
                help,
            ));
        }
        let pointer = self.pointer(span);
        self.levels.push(Level { open, pointer, anchor });
        Ok(())
    }

    /// The pointer of what begins here, which is noted.
    fn pointer(&mut self, span: Span) -> String {
        let pointer = match self.levels.last() {
            None => String::new(),
            // The member stands where its name does.
            Some(Level { open: Open::Mapping(_, Some(name)), pointer, .. }) => return joined(pointer, name),
            Some(Level { open: Open::List(items), pointer, .. }) => joined(pointer, &items.len().to_string()),
            Some(Level { open: Open::Mapping(_, None), pointer, .. }) => pointer.clone(),
        };
        self.places.insert(&pointer, place(span.start));
        pointer
    }

    fn value(&mut self, value: Value, anchor: usize, span: Span) -> Result<(), Unreadable> {
        if let Some(Level { open: Open::Mapping(_, None), .. }) = self.levels.last() {
            return Err(unreadable(Some(span.start), "a name must be a text".to_owned(), "write a text"));
        }
        self.pointer(span);
        self.closed(value, anchor);
        Ok(())
    }

    fn closed(&mut self, value: Value, anchor: usize) {
        if anchor != 0 {
            self.anchors.push((anchor, value.clone()));
        }
        match self.levels.last_mut().map(|level| &mut level.open) {
            None => self.documents.push(Document { value, places: std::mem::take(&mut self.places) }),
            Some(Open::List(items)) => items.push(value),
            Some(Open::Mapping(object, name)) => {
                if let Some(name) = name.take() {
                    object.insert(&name, value);
                }
            }
        }
    }
}
