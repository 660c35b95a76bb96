//! The HTTP client for calls that leave this program.

use std::time::Duration;

use reqwest::{Client, redirect};

/// A client that waits `timeout` at most, follows no redirect (it would carry a token somewhere else) and
/// looks at no proxy variable.
///
/// # Errors
/// When TLS cannot be set up, for want of root certificates for example.
pub fn client(timeout: Duration) -> Result<Client, String> {
    // a second caller finds a provider installed already, which is as good
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .timeout(timeout)
        .redirect(redirect::Policy::none())
        .user_agent(concat!("countersign-orchestrator/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| format!("cannot set up an HTTP client: {error}"))
}
