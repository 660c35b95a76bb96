//! Which host functions and callbacks a filter uses, to restrict it to some of them.

use std::collections::BTreeSet;

use crate::binaries;

/// All that the built filter imports and exports, but for these: an allow-list for Envoy's
/// `capability_restriction_config`.
///
/// # Panics
/// When the filter does not use one of them at all: then restricting it shows nothing.
pub fn all_but(forbidden: &[&str]) -> Vec<String> {
    let module = std::fs::read(binaries::filter()).expect("the filter can be read");
    let mut names = names(&module).expect("a wasm module");
    for name in forbidden {
        assert!(names.remove(*name), "the filter does not use {name}");
    }
    names.into_iter().collect()
}

/// Names in the import (2) and export (7) sections (WebAssembly core specification, section 5.5).
fn names(module: &[u8]) -> Option<BTreeSet<String>> {
    let mut reader = Reader(module.strip_prefix(b"\0asm\x01\0\0\0")?);
    let mut names = BTreeSet::new();
    while !reader.0.is_empty() {
        let (section, length) = (reader.byte()?, reader.number()?);
        let mut content = Reader(reader.bytes(length)?);
        match section {
            2 => {
                for _ in 0..content.number()? {
                    content.name()?;
                    names.insert(content.name()?);
                    content.import_description()?;
                }
            }
            7 => {
                for _ in 0..content.number()? {
                    names.insert(content.name()?);
                    content.byte()?;
                    content.number()?;
                }
            }
            _ => {}
        }
    }
    Some(names)
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// An unsigned LEB128 number.
    fn number(&mut self) -> Option<usize> {
        let mut number = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn name(&mut self) -> Option<String> {
        let length = self.number()?;
        String::from_utf8(self.bytes(length)?.to_vec()).ok()
    }

    /// What is imported: a function (by type), a table, a memory or a global.
    fn import_description(&mut self) -> Option<()> {
        match self.byte()? {
            0 => self.number().map(drop),
            1 => self.byte().and_then(|_| self.limits()),
            2 => self.limits(),
            3 => self.bytes(2).map(drop),
            _ => None,
        }
    }

    fn limits(&mut self) -> Option<()> {
        let has_maximum = self.byte()? & 1 == 1;
        self.number()?;
        if has_maximum {
            self.number()?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn imports_and_exports_are_found() {
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        module.extend_from_slice(b"\x01\x04\x01\x60\x00\x00");
        module.extend_from_slice(b"\x02\x09\x01\x03env\x01f\x00\x00");
        module.extend_from_slice(b"\x07\x05\x01\x01g\x00\x00");
        assert_eq!(names(&module).expect("a module").into_iter().collect::<Vec<_>>(), ["f", "g"]);
        assert_eq!(names(b"\0asm"), None);
    }
}
