//! Which relying party a request's authority names.

use std::cmp::Ordering;
use std::fmt;
use std::net::Ipv6Addr;

use crate::order::sorted_by_key;

/// A host that the configuration lists: a DNS name, an IPv4 address or a bracketed IPv6 address,
/// with or without a port.
///
/// Without a port it stands for no port, 80 and 443.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern {
    name: String,
    port: Option<u16>,
}

impl HostPattern {
    /// Reads `bank.example`, `bank.example:8443` or `[::1]:8443`. What is not such a host (a scheme, a
    /// path, userinfo, a wildcard, a port over 65535) is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let Authority { name, port } = Authority::parse(text.as_bytes())?;
        let port = match port {
            Port::Absent => None,
            Port::Number(number) => Some(number),
            Port::Unusable => return None,
        };
        let name = match name {
            Name::Ipv6(address) => format!("[{address}]"),
            Name::Text(bytes) => {
                let name = std::str::from_utf8(bytes).ok()?.to_ascii_lowercase();
                name.split('.').all(is_label).then_some(name)?
            }
        };
        Some(Self { name, port })
    }

    /// The name without its port: lower case, no trailing dot, IPv6 in brackets.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether some authority belongs to both.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.name == other.name && (self.covers(other.port) || other.covers(self.port))
    }

    /// The port, if one is given.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    fn covers(&self, port: Option<u16>) -> bool {
        match self.port {
            None => matches!(port, None | Some(80 | 443)),
            Some(_) => self.port == port,
        }
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// A label of a DNS name (RFC 1123 section 2.1; an underscore is let through for names inside a cluster).
fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= 63
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// The listed hosts of all relying parties, compiled for look-up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HostTable {
    sorted: Vec<(HostPattern, usize)>,
}

impl HostTable {
    /// From pairs of a host and the index of its relying party.
    pub fn new(hosts: Vec<(HostPattern, usize)>) -> Self {
        Self { sorted: sorted_by_key(hosts, |(host, _)| host.name.clone()) }
    }

    /// The relying party of a request's authority; `None` when the host is not listed.
    ///
    /// Lenient where spelling differs and meaning cannot (case, a trailing dot, leading zeros in the port, another way
    /// to write an IPv6 address), because being guarded is the safe side. Userinfo is part of no listed host.
    pub fn find(&self, authority: &[u8]) -> Option<usize> {
        let Authority { name, port } = Authority::parse(authority)?;
        let port = match port {
            Port::Absent => None,
            Port::Number(number) => Some(number),
            Port::Unusable => return None,
        };
        match name {
            Name::Text(name) => self.named(name, port),
            Name::Ipv6(address) => self.named(format!("[{address}]").as_bytes(), port),
        }
    }

    fn named(&self, name: &[u8], port: Option<u16>) -> Option<usize> {
        let first =
            self.sorted.partition_point(|(host, _)| compare_caseless(&host.name, name) == Ordering::Less);
        self.sorted
            .iter()
            .skip(first)
            .take_while(|(host, _)| compare_caseless(&host.name, name) == Ordering::Equal)
            .find(|(host, _)| host.covers(port))
            .map(|(_, relying_party)| *relying_party)
    }
}

fn compare_caseless(lower: &str, name: &[u8]) -> Ordering {
    lower.bytes().cmp(name.iter().map(u8::to_ascii_lowercase))
}

/// `host[:port]` (RFC 9110 section 7.2) taken apart.
struct Authority<'a> {
    name: Name<'a>,
    port: Port,
}

enum Name<'a> {
    Text(&'a [u8]),
    Ipv6(Ipv6Addr),
}

enum Port {
    Absent,
    Number(u16),
    Unusable,
}

impl<'a> Authority<'a> {
    fn parse(text: &'a [u8]) -> Option<Self> {
        if let Some(bracketed) = text.strip_prefix(b"[") {
            let end = bracketed.iter().position(|&b| b == b']')?;
            let (address, rest) = bracketed.split_at_checked(end)?;
            let address = std::str::from_utf8(address).ok()?.parse().ok()?;
            return Some(Self { name: Name::Ipv6(address), port: Port::parse(rest.strip_prefix(b"]")?)? });
        }
        let end = text.iter().position(|&b| b == b':').unwrap_or(text.len());
        let (name, port) = text.split_at_checked(end)?;
        let name = name.strip_suffix(b".").unwrap_or(name);
        (!name.is_empty()).then_some(())?;
        Some(Self { name: Name::Text(name), port: Port::parse(port)? })
    }
}

impl Port {
    /// What follows the host: nothing, a bare colon (RFC 3986 section 3.2.3 allows it), `:8443`.
    fn parse(text: &[u8]) -> Option<Self> {
        let Some(digits) = text.strip_prefix(b":") else {
            return text.is_empty().then_some(Self::Absent);
        };
        if digits.is_empty() {
            return Some(Self::Absent);
        }
        let number = digits.iter().try_fold(0u16, |number, digit| {
            let digit = digit.is_ascii_digit().then(|| digit.wrapping_sub(b'0'))?;
            number.checked_mul(10)?.checked_add(u16::from(digit))
        });
        Some(number.map_or(Self::Unusable, Self::Number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_are_listed() {
        let table = HostTable::new(vec![
            (HostPattern::parse("Bank.Example").unwrap(), 0),
            (HostPattern::parse("localhost:10000").unwrap(), 1),
            (HostPattern::parse("localhost:10001").unwrap(), 2),
            (HostPattern::parse("[0:0::1]:8443").unwrap(), 3),
            (HostPattern::parse("10.0.0.1").unwrap(), 4),
        ]);
        for (name, authority, expected) in [
            ("as listed", "bank.example", Some(0)),
            ("another case", "BANK.example", Some(0)),
            ("a trailing dot", "bank.example.", Some(0)),
            ("a trailing dot and a port", "bank.example.:443", Some(0)),
            ("two trailing dots", "bank.example..", None),
            ("port 80", "bank.example:80", Some(0)),
            ("port 443", "bank.example:443", Some(0)),
            ("port 443 with zeros", "bank.example:00443", Some(0)),
            ("a bare colon", "bank.example:", Some(0)),
            ("another port", "bank.example:8443", None),
            ("a port over 65535", "bank.example:65979", None),
            ("a port that is none", "bank.example:https", None),
            ("userinfo", "x@bank.example", None),
            ("userinfo that looks like the host", "bank.example@evil.example", None),
            ("userinfo with a colon", "bank.example:80@evil.example", None),
            ("a longer name", "evilbank.example", None),
            ("a subdomain", "a.bank.example", None),
            ("a parent", "example", None),
            ("listed with a port", "localhost:10000", Some(1)),
            ("its neighbour", "LOCALHOST:10001", Some(2)),
            ("listed with a port, asked without", "localhost", None),
            ("listed with a port, asked with 80", "localhost:80", None),
            ("IPv6, another spelling", "[::0001]:8443", Some(3)),
            ("IPv6, no port", "[::1]", None),
            ("IPv6, unclosed", "[::1:8443", None),
            ("IPv6, something after it", "[::1]x:8443", None),
            ("IPv4", "10.0.0.1:80", Some(4)),
            ("nothing", "", None),
            ("a dot", ".", None),
            ("a space", "bank.example ", None),
            ("not UTF-8 in place of a letter", "b\u{fffd}nk.example", None),
        ] {
            assert_eq!(table.find(authority.as_bytes()), expected, "{name}");
        }
        assert_eq!(table.find(b"bank.example\xff"), None);
    }

    #[test]
    fn hosts_that_cannot_be_listed() {
        for text in [
            "",
            ".",
            "https://bank.example",
            "bank.example/",
            "*.bank.example",
            "a@bank.example",
            "bank..example",
            "bank example",
            "bank.example:0x1",
            "bank.example:70000",
            "[::1",
            "[bank.example]",
            "-bank.example",
        ] {
            assert_eq!(HostPattern::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn hosts_that_overlap() {
        for (a, b, expected) in [
            ("bank.example", "BANK.example.", true),
            ("bank.example", "bank.example:443", true),
            ("bank.example:80", "bank.example", true),
            ("bank.example", "bank.example:8443", false),
            ("bank.example:8443", "bank.example:9443", false),
            ("[::1]", "[0::1]:80", true),
            ("a.example", "b.example", false),
        ] {
            let (x, y) = (HostPattern::parse(a).unwrap(), HostPattern::parse(b).unwrap());
            assert_eq!(x.overlaps(&y), expected, "{a} and {b}");
        }
    }
}
