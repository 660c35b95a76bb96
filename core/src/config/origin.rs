//! Origins, and whether a relying party's id fits them.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::node::{Node, quoted};
use crate::encoding;
use crate::route::HostPattern;

/// An origin as it stands in clientDataJSON.
pub(super) struct Origin<'a> {
    pub(super) text: String,
    pub(super) node: Node<'a>,
    /// Its host, unless it is an app's.
    host: Option<String>,
}

/// What to write for an origin.
const WANTED: &str = "a scheme, a host and perhaps a port: `https://bank.example`, `http://localhost:10000`; \
                      for an Android app `android:apk-key-hash:` and the SHA-256 of its certificate in base64url";

#[inline(never)]
pub(super) fn read<'a>(node: &Node<'a>) -> Option<Origin<'a>> {
    let text = node.text(WANTED)?;
    if let Some(hash) = text.strip_prefix("android:apk-key-hash:") {
        if encoding::from_base64url(hash).is_ok_and(|hash| !hash.is_empty()) {
            return Some(Origin { text: text.to_owned(), node: node.clone(), host: None });
        }
        node.refuse(format!("{} is no origin", quoted(text)), format!("write {WANTED}"));
        return None;
    }
    match serialised(text) {
        Some((origin, host)) if origin == text => {
            Some(Origin { text: origin, node: node.clone(), host: Some(host) })
        }
        Some((origin, _)) => {
            node.refuse(
                format!("browsers do not write {} so", quoted(text)),
                format!("did you mean `{origin}`?"),
            );
            None
        }
        None => {
            node.refuse(format!("{} is no origin", quoted(text)), format!("write {WANTED}"));
            None
        }
    }
}

/// An origin as a browser serialises it (RFC 6454 section 6.2), from that or from a URL, and its host.
fn serialised(text: &str) -> Option<(String, String)> {
    let lower = text.to_ascii_lowercase();
    let (scheme, rest) = lower.split_once("://")?;
    let default = match scheme {
        "https" => 443,
        "http" => 80,
        _ => return None,
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = HostPattern::parse(authority)?;
    let port = host.port().filter(|port| *port != default);
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    Some((format!("{scheme}://{}{port}", host.name()), host.name().to_owned()))
}

/// A scheme, a host and perhaps a port, as a browser would write them, and nothing else.
pub(super) fn serialised_exactly(text: &str) -> Option<String> {
    serialised(text).map(|(origin, _)| origin).filter(|origin| origin == text)
}

/// An RP ID: a domain in lower case, without scheme and port.
pub(super) fn rp_id(node: &Node<'_>) -> Option<String> {
    node.parsed("a domain without scheme and port, such as `bank.example`", |text| {
        let host = HostPattern::parse(text)?;
        (host.name() == text && !text.starts_with('[')).then(|| text.to_owned())
    })
}

/// Says which origins cannot use the RP ID: it must be the origin's host or a parent domain of it
/// (W3C WebAuthn Level 3, section 5.1.3, "is a registrable domain suffix of or is equal to").
pub(super) fn check(rp_id: &str, rp_id_node: &Node<'_>, origins: &[Origin<'_>]) {
    for origin in origins {
        let Some(host) = &origin.host else { continue };
        if !may_use(host, rp_id) {
            origin.node.refuse(
                format!("{} cannot use the RP ID {}", quoted(&origin.text), quoted(rp_id)),
                format!("write at `{}` the host {} or a parent domain of it", rp_id_node.path, quoted(host)),
            );
        }
    }
}

fn may_use(host: &str, rp_id: &str) -> bool {
    if host == rp_id {
        return true;
    }
    let is_address =
        host.starts_with('[') || host.parse::<Ipv4Addr>().is_ok() || host.parse::<Ipv6Addr>().is_ok();
    // A single label is a public suffix: no site's own.
    !is_address && rp_id.contains('.') && host.strip_suffix(rp_id).is_some_and(|rest| rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_and_rp_ids() {
        for (name, host, rp_id, expected) in [
            ("equal", "bank.example", "bank.example", true),
            ("localhost", "localhost", "localhost", true),
            ("a subdomain", "login.bank.example", "bank.example", true),
            ("a longer name without the dot", "evilbank.example", "bank.example", false),
            ("a parent", "bank.example", "login.bank.example", false),
            ("a top-level domain", "bank.example", "example", false),
            ("another", "bank.example", "shop.example", false),
            ("a tail of an address", "127.0.0.1", "0.0.1", false),
        ] {
            assert_eq!(may_use(host, rp_id), expected, "{name}");
        }
    }

    #[test]
    fn serialised_as_browsers_do() {
        for (text, expected) in [
            ("https://bank.example", Some("https://bank.example")),
            ("http://localhost:10000", Some("http://localhost:10000")),
            ("https://Bank.Example:443/login?x", Some("https://bank.example")),
            ("http://bank.example:80", Some("http://bank.example")),
            ("http://[0::1]:8080", Some("http://[::1]:8080")),
            ("bank.example", None),
            ("ftp://bank.example", None),
            ("https://", None),
            ("https://*.bank.example", None),
            ("https://user@bank.example", None),
            ("null", None),
        ] {
            assert_eq!(serialised(text).map(|(origin, _)| origin).as_deref(), expected, "{text}");
        }
    }
}
