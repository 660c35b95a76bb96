//! Everything up to the request that meets the fault.

use countersign_tests::ceremony::{Ceremony, risky};
use countersign_tests::client::{Answer, Ask, Client};
use countersign_tests::handoff::{Offered, open};
use countersign_tests::lab::Lab;
use countersign_tests::recovery::{Recovering, identifies, start};
use countersign_tests::relying_party::SESSION_COOKIE;
use countersign_tests::resource::{Payer, large, pay};
use countersign_tests::stage::{Stage, USER};
use hyper::Method;

/// Which request meets the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// A guarded sign-in asks for options.
    Begin,
    /// A registration asks for options.
    BeginRegistration,
    /// A guarded, matched sign-in is finished.
    Finish,
    /// A matched registration is finished.
    FinishRegistration,
    /// A discoverable sign-in is finished for the first time.
    FinishDiscoverable,
    /// The client of a guarded sign-in asks how the check stands.
    Ask,
    /// It gives the check up.
    Abandon,
    /// A desktop opens a hand-off.
    OpenHandoff,
    /// A phone takes it over.
    TakeOver,
    /// The desktop asks how it is going.
    Follow,
    /// The desktop gives it up.
    GiveUp,
    /// A hand-off that was matched is finished on the phone.
    FinishHandoff,
    /// The relying party has found out who lost their passkey.
    Recover,
    /// A matched recovery asks for the options of the replacement.
    Replace,
    /// The replacement is finished.
    FinishReplacement,
    /// Who has stepped up for a payment makes it.
    Pay,
}

impl When {
    /// The status of the answer when nothing goes wrong.
    pub(crate) fn success(self) -> u16 {
        match self {
            Self::FinishDiscoverable => 401,
            Self::OpenHandoff => 201,
            Self::Abandon | Self::GiveUp => 204,
            _ => 200,
        }
    }

    /// The begin that must not reach the relying party when this fails before it.
    pub(crate) fn begin_behind(self) -> Option<&'static str> {
        match self {
            Self::TakeOver => Some(Ceremony::Authentication.begin_path()),
            Self::Replace => Some(Ceremony::Registration.begin_path()),
            _ => None,
        }
    }
}

/// A client, and what it sends.
pub(crate) struct Prepared(Client, Ask);

impl Prepared {
    pub(crate) async fn of(when: When, lab: &Lab, mut client: Client) -> Self {
        match when {
            When::Begin | When::BeginRegistration => {
                client.cookies.insert(SESSION_COOKIE.to_owned(), lab.relying_party.session(Some(USER)));
                let registers = when == When::BeginRegistration;
                let ceremony = if registers { Ceremony::Registration } else { Ceremony::Authentication };
                Self(client, risky(ceremony.begin()))
            }
            When::Finish => Self::matched(lab, Stage::step_up(lab, client).await),
            When::FinishRegistration => Self::matched(lab, Stage::registration(lab, client).await),
            When::FinishDiscoverable => Self::finish(Stage::discoverable(lab, client).await),
            When::Ask => Self::about(Stage::step_up(lab, client).await, Method::GET),
            When::Abandon => Self::about(Stage::step_up(lab, client).await, Method::DELETE),
            When::OpenHandoff => Self(Offered::by(lab, client).await.desktop, open()),
            When::TakeOver => {
                let offered = Offered::by(lab, client).await;
                Self(offered.phone.clone(), offered.consume())
            }
            When::Follow => {
                let offered = Offered::by(lab, client).await;
                Self(offered.desktop.clone(), offered.status())
            }
            When::GiveUp => {
                let offered = Offered::by(lab, client).await;
                Self(offered.desktop.clone(), offered.give_up())
            }
            When::FinishHandoff => Self::matched(lab, Offered::by(lab, client).await.taken().await),
            When::Recover => {
                identifies(lab);
                Self(client, start())
            }
            When::Replace => {
                let recovering = Recovering::decided(lab, client, "matched").await;
                Self(recovering.client.clone(), recovering.begin())
            }
            When::Pay => {
                let payer = Payer::elevated(lab, client, pay(&large())).await;
                lab.relying_party.forgets_requests();
                Self(payer.client, pay(&large()))
            }
            When::FinishReplacement => {
                Self::finish(Recovering::decided(lab, client, "matched").await.replacing().await)
            }
        }
    }

    fn matched(lab: &Lab, stage: Stage) -> Self {
        lab.orchestrator.decide(stage.begun.session(), "matched");
        Self::finish(stage)
    }

    fn about(stage: Stage, method: Method) -> Self {
        let status = stage.begun.options["stepUp"]["status"].as_str().expect("a path");
        let ask = Ask::new(method, status);
        Self(stage.client, ask)
    }

    fn finish(stage: Stage) -> Self {
        let finish = stage.honest();
        Self(stage.client, finish)
    }

    pub(crate) async fn act(mut self) -> Answer {
        self.0.send(self.1).await.expect("an answer")
    }
}
