//! The simulator by itself, as a gateway that talks to the IDV API or to `IDaaS` directly meets it.

#[path = "support/clock.rs"]
mod clock;

#[path = "simulator/account.rs"]
mod account;
#[path = "simulator/idaas.rs"]
mod idaas;
#[path = "simulator/oauth.rs"]
mod oauth;
#[path = "simulator/runs.rs"]
mod runs;
