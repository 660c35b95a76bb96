//! Ceremony profiles that come with Countersign: where well-known relying parties have their endpoints.
//!
//! Each is data, in the form that `ceremonies` has when it is spelled out.

/// Name and text of every profile.
pub const ALL: [(&str, &str); 4] = [
    ("simplewebauthn", include_str!("../profiles/simplewebauthn.json")),
    ("fido-conformance", include_str!("../profiles/fido-conformance.json")),
    ("spring-security", include_str!("../profiles/spring-security.json")),
    ("webauthn-rs", include_str!("../profiles/webauthn-rs.json")),
];

/// The text of a profile.
pub fn profile(name: &str) -> Option<&'static str> {
    ALL.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}
