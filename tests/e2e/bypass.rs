//! Ways round the gateway. Every row first sends its *honest twin* over the same arrangement and sees it
//! accepted by the relying party, so that a row can only be green because of the one thing it changes; then
//! the attack must be refused as the contract says, and the relying party must have seen nothing of it.

#[path = "bypass/another_user.rs"]
mod another_user;
#[path = "bypass/attack.rs"]
mod attack;
#[path = "bypass/authenticator.rs"]
mod authenticator;
#[path = "bypass/body.rs"]
mod body;
#[path = "bypass/evidence.rs"]
mod evidence;
#[path = "bypass/handoff.rs"]
mod handoff;
#[path = "bypass/inside_text.rs"]
mod inside_text;
#[path = "bypass/json.rs"]
mod json;
#[path = "bypass/other_party.rs"]
mod other_party;
#[path = "bypass/paths.rs"]
mod paths;
#[path = "bypass/recovery.rs"]
mod recovery;
#[path = "bypass/replay.rs"]
mod replay;
#[path = "bypass/sessions.rs"]
mod sessions;
#[path = "bypass/tampering.rs"]
mod tampering;
#[path = "bypass/unlisted.rs"]
mod unlisted;

use std::process::ExitCode;

use countersign_tests::client::{Carrier, Protocol};
use countersign_tests::lab::{PROTOCOLS, Plan};
use countersign_tests::suite::Suite;

fn main() -> ExitCode {
    let mut suite = Suite::default();
    for (mode, waits) in [("waits", true), ("streams", false)] {
        let lab = Plan::default().headers_can_wait(waits).shared();
        for (version, protocol) in PROTOCOLS {
            for (table, attacks) in [
                ("body", body::attacks()),
                ("json", json::attacks()),
                ("authenticator", authenticator::attacks()),
                ("evidence", evidence::attacks()),
                ("paths", paths::attacks()),
                ("sessions", sessions::attacks()),
                ("unlisted", unlisted::attacks()),
            ] {
                for attack in attacks.into_iter().filter(|attack| attack.speaks(protocol)) {
                    let lab = lab.clone();
                    suite.row(format!("{mode}/{version}/{table}/{}", attack.name), move || async move {
                        let lab = lab.turn().await;
                        attack.run(&lab, lab.client(protocol, Carrier::Cookies)).await;
                    });
                }
            }
            for (table, rows) in [
                ("replay", replay::ROWS),
                ("handoff", handoff::ROWS),
                ("recovery", recovery::ROWS),
                ("another_user", another_user::ROWS),
            ] {
                suite.table(&format!("{mode}/{version}/{table}"), &lab, protocol, rows);
            }
        }
        let lab = inside_text::plan(waits).shared();
        suite.table(&format!("{mode}/http1/inside_text"), &lab, Protocol::Http1, inside_text::ROWS);
        let lab = other_party::plan(waits).shared();
        suite.table(&format!("{mode}/http1/other_party"), &lab, Protocol::Http1, other_party::ROWS);
    }
    suite.run()
}
