//! Profiles that come with Countersign, as data.
//!
//! A relying party's says where its ceremonies are, in the form that `ceremonies` has when it is spelled out. An
//! orchestrator's says how each operation goes, in the form that `orchestrator.operations` has.

/// Name and text of every relying party's profile.
pub const RELYING_PARTIES: [(&str, &str); 4] = [
    ("simplewebauthn", include_str!("../profiles/relying-parties/simplewebauthn.json")),
    ("fido-conformance", include_str!("../profiles/relying-parties/fido-conformance.json")),
    ("spring-security", include_str!("../profiles/relying-parties/spring-security.json")),
    ("webauthn-rs", include_str!("../profiles/relying-parties/webauthn-rs.json")),
];

/// Name and text of every orchestrator's profile.
pub const ORCHESTRATORS: [(&str, &str); 5] = [
    ("countersign", include_str!("../profiles/orchestrators/countersign.json")),
    ("entrust-biometric-passkey", include_str!("../profiles/orchestrators/entrust-biometric-passkey.json")),
    ("entrust-idv", include_str!("../profiles/orchestrators/entrust-idv.json")),
    ("entrust-idaas", include_str!("../profiles/orchestrators/entrust-idaas.json")),
    ("custom", include_str!("../profiles/orchestrators/custom.json")),
];

/// The text of a relying party's profile.
pub fn relying_party(name: &str) -> Option<&'static str> {
    RELYING_PARTIES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The text of an orchestrator's profile.
pub fn orchestrator(name: &str) -> Option<&'static str> {
    ORCHESTRATORS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}
