//! A client that knows RFC 9470 and its own sign-in, and nothing of Countersign: it reads the challenge, signs in
//! anew, and sends the same request again.

use std::collections::BTreeMap;

use countersign_tests::client::{Answer, Ask, Client};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::resource::{ACR, CARD, PAYMENTS, Payer, delete_card, large, pay};
use countersign_tests::table;

pub(crate) const ROWS: &[Row] =
    table![a_payment_goes_through, a_card_is_deleted, it_gives_up_when_the_face_is_another, a_simpler_reader];

/// What a `WWW-Authenticate` field says (RFC 9110 section 11.6.1): a scheme, and parameters that are tokens or quoted
/// strings.
struct Challenge {
    scheme: String,
    parameters: BTreeMap<String, String>,
}

impl Challenge {
    fn parse(field: &str) -> Option<Self> {
        let (scheme, mut rest) = field.split_once(' ')?;
        let mut parameters = BTreeMap::new();
        loop {
            rest = rest.trim_start_matches([' ', '\t', ',']);
            if rest.is_empty() {
                return Some(Self { scheme: scheme.to_ascii_lowercase(), parameters });
            }
            let (name, after) = rest.split_once('=')?;
            let (value, after) = if let Some(quoted) = after.strip_prefix('"') {
                quoted_string(quoted)?
            } else {
                let (token, after) = after.split_at(after.find([',', ' ']).unwrap_or(after.len()));
                (token.to_owned(), after)
            };
            let first = parameters.insert(name.trim().to_ascii_lowercase(), value).is_none();
            first.then_some(())?;
            rest = after;
        }
    }

    /// Whether a fresh, stronger authentication is what is missing (RFC 9470 section 3).
    fn asks_for_more(&self) -> bool {
        let error = self.parameters.get("error").map(String::as_str);
        self.scheme == "bearer" && error == Some("insufficient_user_authentication")
    }
}

/// Up to the closing quote, with quoted pairs undone; and what follows.
fn quoted_string(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(characters.next()?.1),
            other => value.push(other),
        }
    }
    None
}

/// Sends, signs in once if that is asked for, and sends again. The person meanwhile looks into a camera.
async fn insists(payer: &mut Payer, lab: &Lab, ask: &Ask, face: &str) -> (Answer, Option<Challenge>) {
    let answer = payer.send(ask.clone()).await;
    let challenge = Challenge::parse(answer.header("www-authenticate"));
    if answer.status != 401 || !challenge.as_ref().is_some_and(Challenge::asks_for_more) {
        return (answer, challenge);
    }
    payer.step_up(lab, face).await;
    (payer.send(ask.clone()).await, challenge)
}

async fn a_payment_goes_through(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    let (answer, challenge) = insists(&mut payer, lab, &pay(&large()), "matched").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let parameters = challenge.expect("a challenge").parameters;
    assert_eq!(parameters["acr_values"], ACR);
    assert_eq!(parameters["max_age"], "120");
    assert!(!parameters["error_description"].is_empty());
    assert_eq!(lab.arrived(PAYMENTS).await.len(), 1);
}

async fn a_card_is_deleted(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    let (answer, challenge) = insists(&mut payer, lab, &delete_card(), "matched").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(challenge.expect("a challenge").parameters["max_age"].parse::<u32>().is_ok());
    assert_eq!(lab.arrived(CARD).await.len(), 1);
}

async fn it_gives_up_when_the_face_is_another(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    let (answer, _) = insists(&mut payer, lab, &pay(&large()), "not_matched").await;
    assert_eq!(answer.status, 401);
    assert!(lab.arrived(PAYMENTS).await.is_empty());
}

/// Some clients split at commas and take quotes off: nothing that we write stands in their way.
async fn a_simpler_reader(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    let answer = payer.send(pay(&large())).await;
    let field = answer.header("www-authenticate");
    let parameters = field.strip_prefix("Bearer ").expect("the scheme").split(',');
    let parameters: BTreeMap<&str, &str> = parameters
        .filter_map(|parameter| parameter.trim().split_once('='))
        .map(|(name, value)| (name, value.trim_matches('"')))
        .collect();
    assert_eq!(parameters["error"], "insufficient_user_authentication");
    assert_eq!(parameters["acr_values"], ACR);
    assert_eq!(parameters["max_age"], "120");
    assert_eq!(answer.header_values("www-authenticate").len(), 1);
}
