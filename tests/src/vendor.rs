//! A vendor's own API where the orchestrator would be: the profiles `entrust-idv` and `entrust-idaas` in a real
//! Envoy, our simulator of the vendor behind it, and a [`Tap`] on the wire between the two. The relying party is
//! the [`Lab`]'s.

mod configuration;
mod facts;
mod tap;

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::OnceCell;

pub use self::configuration::{Api, PAYMENTS, TRUSTING};
pub use self::facts::Facts;
pub use self::tap::{Heard, Tap};
use crate::client::{Carrier, Client, Protocol};
use crate::envoy::Envoy;
use crate::journal::Journal;
use crate::lab::{Lab, Plan};
use crate::stack::Face;
use crate::stack::account::Account;
use crate::stack::folder::Folder;
use crate::stack::program::Program;
use crate::stack::trail::Trail;
use crate::stage::Stage;
use crate::suite::Shared;

/// What asking for an access token is called in the journal.
pub const ASK_FOR_TOKEN: &str = "vendor POST /v3.6/oauth/token";

/// A gateway whose verdicts come from a vendor.
pub struct Vendor {
    /// The gateway, and the relying party behind it.
    pub lab: Lab,
    /// Everything that the gateway and the vendor said to each other.
    pub tap: Tap,
    /// Which API.
    pub api: Api,
    /// The API token, as the account's owner has it.
    pub api_token: String,
    simulator: Program,
    second: OnceCell<Envoy>,
    _folder: Folder,
}

impl Vendor {
    /// Starts the simulator, then Envoy with the profile of this API.
    pub async fn start(api: Api, headers_can_wait: bool) -> Self {
        let folder = Folder::new();
        let trail = Trail::new(folder.path().join("trail.jsonl"));
        let account = Account::new();
        let simulator = account.simulator_with(configuration::simulator(), &trail).await;
        let journal = Journal::default();
        let tap = Tap::start(simulator.address, journal.clone()).await;
        let plan = Plan::with(|plugin| api.configure(plugin, headers_can_wait));
        let plan = plan.headers_can_wait(headers_can_wait);
        let environment = configuration::environment(&account);
        let lab = Lab::at_another_orchestrator(plan, journal, tap.address(), environment).await;
        Self {
            lab,
            tap,
            api,
            api_token: account.api_token,
            simulator,
            second: OnceCell::new(),
            _folder: folder,
        }
    }

    /// One that is started when the first row needs it.
    pub fn shared(api: Api, headers_can_wait: bool) -> Arc<Shared<Self>> {
        Shared::new(move || Self::start(api, headers_can_wait))
    }

    /// As new, for the next row. Envoy and the vendor's account stay.
    pub fn reset(&self) {
        self.lab.reset();
        self.tap.reset();
    }

    /// A client with an empty cookie jar.
    pub fn client(&self, protocol: Protocol) -> Client {
        self.lab.client(protocol, Carrier::Cookies)
    }

    /// Another gateway before the same relying party and vendor. It shares the keys with the first, and nothing else.
    pub async fn second_gateway(&self) -> &Envoy {
        self.second.get_or_init(|| self.fresh_gateway()).await
    }

    /// One that has asked for nothing yet.
    pub async fn fresh_gateway(&self) -> Envoy {
        Envoy::start(&self.lab.setup).await
    }

    /// A guarded sign-in of a user whose face the vendor keeps.
    pub async fn step_up(&self, client: Client) -> Stage {
        self.enrol(client.clone()).await;
        Stage::step_up(&self.lab, client).await
    }

    /// The vendor keeps the user's face from now on. Nothing of this counts.
    pub async fn enrol(&self, client: Client) {
        // Every user of IDaaS counts as enrolled.
        if self.api != Api::Idaas {
            let mut stage = Stage::registration(&self.lab, client).await;
            self.present(&stage.begun.options, Face::Mine).await;
            let enrolled = stage.finish().await;
            assert_eq!(enrolled.status, 200, "{}", enrolled.text());
        }
        self.lab.relying_party.reset();
        self.begin_anew();
    }

    /// Shows a face on the capture page that `stepUp` names, in options or elsewhere.
    pub async fn present(&self, offered: &Value, face: Face) {
        let client = &offered["stepUp"]["client"];
        let url = client["link"].as_str().or(client["qrCode"].as_str());
        let url = url.unwrap_or_else(|| panic!("no capture page: {offered}"));
        face.at(self.simulator.address, url).await;
    }

    /// From here on [`steps`](Self::steps) and the tap count.
    pub fn begin_anew(&self) {
        self.lab.journal.clear();
        self.tap.begin_anew();
    }

    /// Who was asked what, in order. Left out: whose session it is, and access tokens, which are asked for when
    /// there is none.
    pub fn steps(&self) -> Vec<String> {
        let mut steps = self.lab.journal.steps();
        steps.retain(|step| ![ASK_FOR_TOKEN, "relying party GET /me"].contains(&step.as_str()));
        steps
    }
}
