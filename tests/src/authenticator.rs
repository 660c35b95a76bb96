//! A soft authenticator that can also lie: every field of what it makes can be changed before or after
//! it is signed. ([`crate::authenticator`] is for attacks; the flows are also driven by the `passkey` crates.)

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};

use crate::encoding::{base64url, random, sha256};

/// User present, `UP`.
pub const USER_PRESENT: u8 = 0x01;
/// User verified, `UV`.
pub const USER_VERIFIED: u8 = 0x04;
/// Backup eligible, `BE`.
pub const BACKUP_ELIGIBLE: u8 = 0x08;
/// Backed up, `BS`.
pub const BACKED_UP: u8 = 0x10;
/// Attested credential data follow, `AT`.
pub const ATTESTED: u8 = 0x40;
/// Extensions follow, `ED`.
pub const EXTENSIONS: u8 = 0x80;

/// A P-256 credential.
#[derive(Clone)]
pub struct Passkey {
    key: SigningKey,
    /// The credential id.
    pub id: Vec<u8>,
    /// The user handle it was made for.
    pub user_handle: Vec<u8>,
}

/// What an authenticator and a browser make together, before it is put into JSON.
#[derive(Clone, Debug)]
pub struct Response {
    /// `type` in the client data.
    pub ceremony: String,
    /// `challenge` in the client data, as text.
    pub challenge: String,
    /// `origin` in the client data.
    pub origin: String,
    /// The whole client data, when it is not to be made from the three above.
    pub client_data: Option<Vec<u8>>,
    /// Whose SHA-256 goes first into the authenticator data.
    pub rp_id: String,
    /// The flags.
    pub flags: u8,
    /// The signature counter.
    pub counter: u32,
    /// What follows the fixed part of the authenticator data.
    pub tail: Vec<u8>,
    /// `response.userHandle`; left out when `None`.
    pub user_handle: Option<Vec<u8>>,
    /// The credential id in `id` and `rawId`.
    pub id: Vec<u8>,
}

impl Passkey {
    /// A fresh credential for a user handle.
    pub fn new(user_handle: impl Into<Vec<u8>>) -> Self {
        let key = std::iter::repeat_with(|| SigningKey::from_slice(&random::<32>()))
            .find_map(Result::ok)
            .expect("almost any 32 bytes are a key");
        Self { key, id: random::<24>().to_vec(), user_handle: user_handle.into() }
    }

    /// The credential id as it stands in JSON.
    pub fn id_text(&self) -> String {
        base64url(&self.id)
    }

    /// The public key as the `COSE_Key` of the attested credential data (RFC 9053: `EC2`, `ES256`, P-256).
    pub fn cose_key(&self) -> Vec<u8> {
        let point = self.key.verifying_key().to_sec1_point(false);
        let mut cose = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
        cose.extend_from_slice(point.x().expect("an uncompressed point"));
        cose.extend_from_slice(&[0x22, 0x58, 0x20]);
        cose.extend_from_slice(point.y().expect("an uncompressed point"));
        cose
    }

    /// The answer to `navigator.credentials.get` as an honest browser would make it.
    pub fn get(&self, challenge: &str, origin: &str, rp_id: &str) -> Response {
        Response {
            ceremony: "webauthn.get".to_owned(),
            challenge: challenge.to_owned(),
            origin: origin.to_owned(),
            client_data: None,
            rp_id: rp_id.to_owned(),
            flags: USER_PRESENT | USER_VERIFIED,
            counter: 0,
            tail: Vec::new(),
            user_handle: Some(self.user_handle.clone()),
            id: self.id.clone(),
        }
    }

    /// The answer to `navigator.credentials.create`.
    pub fn create(&self, challenge: &str, origin: &str, rp_id: &str) -> Response {
        let mut tail = vec![0; 16];
        tail.extend_from_slice(&u16::try_from(self.id.len()).expect("at most 1023 bytes").to_be_bytes());
        tail.extend_from_slice(&self.id);
        tail.extend_from_slice(&self.cose_key());
        Response {
            ceremony: "webauthn.create".to_owned(),
            flags: USER_PRESENT | USER_VERIFIED | ATTESTED,
            tail,
            user_handle: None,
            ..self.get(challenge, origin, rp_id)
        }
    }

    /// An `AuthenticationResponseJSON`, signed.
    pub fn assertion(&self, response: &Response) -> Value {
        let client_data = response.client_data();
        let authenticator_data = response.authenticator_data();
        let signed = [authenticator_data.as_slice(), &sha256(&client_data)].concat();
        let signature: Signature = self.key.sign(&signed);
        let mut json = json!({
            "id": base64url(&response.id),
            "rawId": base64url(&response.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": base64url(&client_data),
                "authenticatorData": base64url(&authenticator_data),
                "signature": base64url(signature.to_der()),
            },
        });
        if let Some(user_handle) = &response.user_handle {
            json["response"]["userHandle"] = base64url(user_handle).into();
        }
        json
    }

    /// A `RegistrationResponseJSON` with attestation `none`.
    pub fn attestation(&self, response: &Response) -> Value {
        let authenticator_data = response.authenticator_data();
        let mut object = vec![0xa3, 0x63];
        object.extend_from_slice(b"fmt\x64none\x67attStmt\xa0\x68authData\x58");
        object.push(u8::try_from(authenticator_data.len()).expect("short authenticator data"));
        object.extend_from_slice(&authenticator_data);
        json!({
            "id": base64url(&response.id),
            "rawId": base64url(&response.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": { "credProps": { "rk": true } },
            "response": {
                "clientDataJSON": base64url(response.client_data()),
                "attestationObject": base64url(object),
                "authenticatorData": base64url(authenticator_data),
                "publicKeyAlgorithm": -7,
                "transports": ["internal"],
            },
        })
    }
}

impl Response {
    /// The client data as they are hashed: in the order and spelling of Level 3, section 5.8.1.1.
    pub fn client_data(&self) -> Vec<u8> {
        self.client_data.clone().unwrap_or_else(|| {
            let (ceremony, challenge, origin) = (&self.ceremony, &self.challenge, &self.origin);
            format!(
                r#"{{"type":"{ceremony}","challenge":"{challenge}","origin":"{origin}","crossOrigin":false}}"#
            )
            .into_bytes()
        })
    }

    /// The authenticator data.
    pub fn authenticator_data(&self) -> Vec<u8> {
        let mut data = sha256(&self.rp_id).to_vec();
        data.push(self.flags);
        data.extend_from_slice(&self.counter.to_be_bytes());
        data.extend_from_slice(&self.tail);
        data
    }
}
