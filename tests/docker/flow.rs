//! The five flows and a guarded payment, each up to a point where something can happen to it.

use countersign_tests::authenticator::Passkey;
use countersign_tests::ceremony::{Begun, Ceremony};
use countersign_tests::client::{Answer, Ask, Broken, Client};
use countersign_tests::handoff::Offered;
use countersign_tests::recovery::Recovering;
use countersign_tests::refusal;
use countersign_tests::resource::{large, pay};
use countersign_tests::stack::{Customer, capture_url};

use crate::books::{self, Books};
use crate::machine::Machine;

/// What somebody wants to get done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    CrossDevice,
    Payment,
    Recovery,
    Registration,
    Routine,
    StepUp,
}

/// A ceremony whose options have left, for a person who has not looked into a camera yet.
pub(crate) struct Open {
    flow: Flow,
    pub(crate) customer: Customer,
    /// Who sends what is still to be sent: the customer's device, or another one.
    client: Client,
    passkey: Passkey,
    capture: Option<String>,
    next: Next,
}

/// What is to be sent after the capture.
enum Next {
    /// The credential.
    Finish(Ceremony, Begun),
    /// The request for the options of the passkey that replaces the lost one, then the credential.
    Replace(Box<Recovering>),
    /// The credential; then the desktop asks how it went.
    Approve(Begun, Box<Offered>),
    /// The credential, then the payment once more.
    Pay(Begun),
}

/// The same with one request to go.
pub(crate) struct Ready {
    flow: Flow,
    customer: Customer,
    client: Client,
    passkey: Passkey,
    last: Ask,
    offered: Option<Box<Offered>>,
}

impl Flow {
    pub(crate) const ALL: [Self; 6] =
        [Self::Routine, Self::Registration, Self::StepUp, Self::CrossDevice, Self::Recovery, Self::Payment];

    /// By a customer of its own.
    pub(crate) async fn begun(self, machine: &Machine) -> Open {
        let customer = Customer::new(machine.client()).await;
        if self == Self::Registration {
            return self.begun_by(customer, machine).await;
        }
        let enrolled =
            Self::Registration.begun_by(customer, machine).await.captured(machine).await.done().await;
        self.begun_by(enrolled.into_customer(), machine).await
    }

    /// By this one, who is enrolled unless that is what they begin.
    pub(crate) async fn begun_by(self, mut customer: Customer, machine: &Machine) -> Open {
        match self {
            Self::Registration => Open::ceremony(self, customer, Ceremony::Registration.begin()).await,
            Self::Routine => Open::ceremony(self, customer, Ceremony::Authentication.begin()).await,
            Self::StepUp => Open::ceremony(self, customer, risky()).await,
            Self::Payment => {
                let refused = customer.client.send(pay(&large())).await.expect("an answer");
                refusal::expect(&refused, &["step_up_required"]);
                let begun = customer.begins(Ceremony::Authentication.begin()).await;
                let capture = Some(capture_url(&begun.options));
                Open::by(self, customer.client.clone(), customer, capture, Next::Pay(begun))
            }
            Self::CrossDevice => {
                let desktop = customer.client.clone();
                let mut offered = Offered::between(desktop, machine.client(), customer.passkey.clone()).await;
                let begun = offered.taken().await.begun;
                let capture = Some(capture_url(&begun.options));
                let phone = offered.phone.clone();
                Open::by(self, phone, customer, capture, Next::Approve(begun, Box::new(offered)))
            }
            Self::Recovery => {
                let replacement = Passkey::new(customer.passkey.user_handle.clone());
                let recovering = Recovering::after(customer.recovers(), machine.client(), replacement).await;
                let capture = Some(capture_url(&recovering.body));
                let device = recovering.client.clone();
                let mut open =
                    Open::by(self, device, customer, capture, Next::Replace(Box::new(recovering.clone())));
                open.passkey = recovering.passkey;
                open
            }
        }
    }

    /// The orchestrator's word for its session; none where it is not asked.
    pub(crate) const fn session(self) -> Option<&'static str> {
        match self {
            Self::CrossDevice => Some("cross_platform"),
            Self::Payment | Self::StepUp => Some("step_up"),
            Self::Recovery => Some("recovery"),
            Self::Registration => Some("registration"),
            Self::Routine => None,
        }
    }
}

impl Open {
    async fn ceremony(flow: Flow, mut customer: Customer, begin: Ask) -> Self {
        let ceremony =
            if flow == Flow::Registration { Ceremony::Registration } else { Ceremony::Authentication };
        let begun = customer.begins(begin).await;
        let capture = (flow != Flow::Routine).then(|| capture_url(&begun.options));
        Self::by(flow, customer.client.clone(), customer, capture, Next::Finish(ceremony, begun))
    }

    fn by(flow: Flow, client: Client, customer: Customer, capture: Option<String>, next: Next) -> Self {
        Self { flow, passkey: customer.passkey.clone(), customer, client, capture, next }
    }

    /// The person has shown their face, and there is one request to go.
    pub(crate) async fn captured(self, machine: &Machine) -> Ready {
        if let Some(page) = &self.capture {
            machine.show_face(page).await;
        }
        self.ready().await
    }

    /// Nobody has: the request that a client sends too early.
    pub(crate) fn at_once(self) -> Ready {
        let last = self.next.request(&self.passkey);
        self.sending(last, None)
    }

    async fn ready(mut self) -> Ready {
        let request = self.next.request(&self.passkey);
        match self.next {
            Next::Finish(..) => self.sending(request, None),
            Next::Approve(_, ref offered) => {
                let offered = Some(offered.clone());
                self.sending(request, offered)
            }
            Next::Pay(_) => {
                let answer = self.client.send(request).await.expect("an answer");
                assert_eq!(answer.status, 200, "{}", answer.text());
                self.sending(pay(&large()), None)
            }
            Next::Replace(ref recovering) => {
                let stage = Recovering::clone(recovering).replacing().await;
                let last = stage.honest();
                self.client = stage.client;
                self.sending(last, None)
            }
        }
    }

    fn sending(self, last: Ask, offered: Option<Box<Offered>>) -> Ready {
        let Self { flow, customer, client, passkey, .. } = self;
        Ready { flow, customer, client, passkey, last, offered }
    }
}

impl Next {
    /// What comes after the capture.
    fn request(&self, passkey: &Passkey) -> Ask {
        let (ceremony, begun) = match self {
            Self::Finish(ceremony, begun) => (*ceremony, begun),
            Self::Approve(begun, _) | Self::Pay(begun) => (Ceremony::Authentication, begun),
            Self::Replace(recovering) => return recovering.begin(),
        };
        ceremony.finish(&ceremony.credential(passkey, begun.challenge()))
    }
}

impl Ready {
    /// Sends the request that is to go, once.
    pub(crate) async fn send(&mut self) -> Result<Answer, Broken> {
        self.client.send(self.last.clone()).await
    }

    /// Whether this is the answer that was wanted.
    pub(crate) fn is_done(&self, answer: &Answer) -> bool {
        answer.status == if self.flow == Flow::Payment { 201 } else { 200 }
    }

    /// Asserts that it is.
    pub(crate) fn expect_done(&self, answer: &Answer) {
        assert!(self.is_done(answer), "{}: {}", answer.status, answer.text());
    }

    /// Sends it, and gets what was wanted.
    pub(crate) async fn done(mut self) -> Self {
        let answer = self.send().await.expect("an answer");
        self.expect_done(&answer);
        self
    }

    /// Asserts that the bank and the orchestrator have each written it down, once.
    pub(crate) async fn expect_written_once(mut self, machine: &Machine) {
        if let Some(offered) = &mut self.offered {
            assert_eq!(offered.follow().await.json()["status"], "completed");
        }
        let user = String::from_utf8(self.customer.passkey.user_handle.clone()).expect("a user's id");
        let found = Books::of(&user, machine).await;
        assert_eq!(found, books::after_one(self.flow, &self.customer.passkey, &self.passkey));
    }

    fn into_customer(mut self) -> Customer {
        self.customer.client = self.client;
        self.customer
    }
}

/// The begin of a sign-in that the stand-in for a risk engine does not like.
fn risky() -> Ask {
    Ask::get(&format!("{}?risk=high", Ceremony::Authentication.begin_path()))
}
