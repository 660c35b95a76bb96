//! Every configuration in the document for Keycloak's administrators loads.

use std::path::Path;

use countersign::policy::IdentityProvider;

#[test]
fn the_samples_load() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/keycloak.md");
    let text = std::fs::read_to_string(path).unwrap();
    let samples: Vec<&str> =
        text.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!samples.is_empty(), "the document is not read right");
    for sample in samples {
        let token = |name: &str| (name == "COUNTERSIGN_ORCHESTRATOR_TOKEN").then(|| "t0ken".to_owned());
        let loaded = IdentityProvider::load(sample.as_bytes(), &token);
        assert!(loaded.is_ok(), "{sample}\n{:#?}", loaded.err());
    }
}
