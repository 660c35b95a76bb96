//! A relying party whose sign-in goes by forms: `content: form`, the credential as JSON in one field.

#[path = "forms/bypass.rs"]
mod bypass;
#[path = "forms/flows.rs"]
mod flows;
#[path = "forms/observe.rs"]
mod observe;
#[path = "forms/sign_in.rs"]
mod sign_in;

use std::process::ExitCode;

use countersign_tests::client::Carrier;
use countersign_tests::lab::PROTOCOLS;
use countersign_tests::suite::Suite;

fn main() -> ExitCode {
    let mut suite = Suite::default();
    for (mode, waits) in [("waits", true), ("streams", false)] {
        let lab = sign_in::plan("enforce").headers_can_wait(waits).shared();
        let observing = sign_in::plan("observe").headers_can_wait(waits).shared();
        for (version, protocol) in PROTOCOLS {
            suite.table(&format!("{mode}/{version}/flows"), &lab, protocol, flows::ROWS);
            suite.table(&format!("{mode}/{version}/observe"), &observing, protocol, observe::ROWS);
            for attack in bypass::attacks() {
                let lab = lab.clone();
                suite.row(format!("{mode}/{version}/bypass/{}", attack.name), move || async move {
                    let lab = lab.turn().await;
                    attack.run(&lab, lab.client(protocol, Carrier::Cookies)).await;
                });
            }
        }
    }
    suite.run()
}
