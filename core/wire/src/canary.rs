//! The coverage canary: does a body on a route that no profile names look like a credential?
//!
//! Two signs: a member or field named `clientDataJSON` in any case, or base64 of `{"type":"webauthn.`.
//! The relying party's reader is not known here, so every usual spelling is undone first ([`plain`]) and the
//! name is judged by what stands around it ([`name`]): as a *name* it is a sign, as a word in prose it is not.
//! In doubt it is a sign. Time is linear in the body; one buffer no longer than the body is taken.
//!
//! Not seen: compressed bodies, part names split or written as encoded words (RFC 2231 section 3, RFC 2047).

mod base64;
mod method;
mod name;
mod plain;
#[cfg(test)]
mod tests;

/// What a body shows that may have to be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// It looks like a credential.
    Credential,
    /// It may ask for another method than its request's.
    Method,
}

/// The worst sign in a body. `body` is the first `limits.body` bytes, cut anywhere.
///
/// A name that the cut leaves without what follows it counts as a name.
pub fn sign(body: &[u8]) -> Option<Sign> {
    let text = plain::plain(body);
    if name::occurs(&text) {
        return Some(Sign::Credential);
    }
    let method = method::occurs(&text).then_some(Sign::Method);
    if base64::occurs(text) { Some(Sign::Credential) } else { method }
}

/// Whether a body may ask for another method than its request's, whatever else it shows.
pub fn names_method(body: &[u8]) -> bool {
    method::occurs(&plain::plain(body))
}

/// Whether a body looks like a credential, as [`sign`] has it.
pub fn looks_like_credential(body: &[u8]) -> bool {
    sign(body) == Some(Sign::Credential)
}
