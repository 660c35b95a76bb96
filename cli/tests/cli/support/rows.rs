//! Tables of broken configurations.

/// One of them.
pub(crate) struct Row {
    pub(crate) name: String,
    changes: Vec<(String, String)>,
    /// All that is said of it.
    pub(crate) says: String,
}

/// The rows of a table.
pub(crate) fn rows(table: &str) -> Vec<Row> {
    table.split("\n## ").skip(1).map(row).collect()
}

fn row(text: &str) -> Row {
    let mut lines = text.lines();
    let name = lines.next().unwrap_or_default().to_owned();
    let mut row = Row { name, changes: Vec::new(), says: String::new() };
    for line in lines.filter(|line| !line.is_empty()) {
        match line.split_at(2) {
            ("- ", old) => row.changes.push((old.to_owned(), String::new())),
            ("+ ", new) => {
                let change =
                    row.changes.last_mut().unwrap_or_else(|| panic!("{}: `+` without `-`", row.name));
                change.1.push_str(if change.1.is_empty() { "" } else { "\n" });
                change.1.push_str(new);
            }
            ("= ", said) => {
                row.says.push_str(said);
                row.says.push('\n');
            }
            _ => panic!("{}: not a line of a row: {line}", row.name),
        }
    }
    row
}

impl Row {
    /// The sound configuration with the row's changes.
    pub(crate) fn configuration(&self, sound: &str) -> String {
        self.changes.iter().fold(sound.to_owned(), |text, (old, new)| {
            assert_eq!(text.matches(old.as_str()).count(), 1, "{}: `{old}` must stand once", self.name);
            text.replacen(old.as_str(), new, 1)
        })
    }
}
