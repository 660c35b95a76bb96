//! Hosts and upstreams that do not belong together: what is guarded under one host only must not be reached under
//! another.

use countersign_tests::client::Ask;
use countersign_tests::plugin::AUTHORITY;

use super::core_api::{BODY, post};
use super::ingress::UNLISTED;
use super::knock::Knock;

pub(crate) fn knocks() -> Vec<Knock> {
    let malformed = |name: &str, ask| Knock::refused(name, "malformed_request", &post(BODY), ask).at_once();
    vec![
        malformed("an_unlisted_host_to_the_orchestrator", post(BODY)).to(UNLISTED),
        malformed("an_unlisted_host_to_another_path_there", Ask::get("/health")).to(UNLISTED),
        malformed("a_relying_partys_host_to_the_orchestrator", Ask::get("/at-the-orchestrator"))
            .to(AUTHORITY),
        malformed("the_orchestrators_host_to_a_relying_party", Ask::get("/at-the-bank")),
        Knock::passes("a_relying_partys_host_to_the_relying_party", Ask::get("/balance")).to(AUTHORITY),
    ]
}
