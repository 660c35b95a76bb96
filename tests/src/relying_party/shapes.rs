//! The ordinary answers: those of `SimpleWebAuthn`'s example server (`example/index.ts`), plus `/me`.

use serde_json::{Value, json};

use super::{Reply, SESSION_COOKIE, Seen, State};
use crate::encoding::{base64url, random};

pub(super) fn ordinary(state: &mut State, rp_id: &str, route: &str, seen: &Seen) -> Reply {
    let session = seen.cookie(SESSION_COOKIE);
    let user = session.as_ref().and_then(|handle| state.sessions.get(handle)).cloned().flatten();
    match route {
        "GET /generate-registration-options" => Reply::json(200, &creation(rp_id, user.as_deref())),
        "GET /generate-authentication-options" => {
            let ids = user.and_then(|user| state.credentials.get(&user)).cloned().unwrap_or_default();
            Reply::json(200, &request(rp_id, &ids))
        }
        "POST /verify-registration" | "POST /verify-authentication" => {
            // Whoever comes gets a new session, as whom their passkey says.
            let handle = base64url(random::<16>());
            state.sessions.insert(handle.clone(), owner(state, seen).or(user));
            Reply::json(200, &json!({ "verified": true }))
                .header("set-cookie", &format!("{SESSION_COOKIE}={handle}; Path=/; HttpOnly"))
        }
        "GET /me" => match user {
            Some(user) => Reply::json(200, &json!({ "id": user, "name": "somebody" })),
            None => Reply::json(401, &json!({ "error": "nobody is signed in" })),
        },
        _ => Reply::new(200, "text/plain", "the relying party's own business"),
    }
}

fn owner(state: &State, seen: &Seen) -> Option<String> {
    let id = seen.json()["id"].as_str()?.to_owned();
    state.credentials.iter().find(|(_, ids)| ids.contains(&id)).map(|(user, _)| user.clone())
}

fn creation(rp_id: &str, user: Option<&str>) -> Value {
    json!({
        "challenge": base64url(random::<32>()),
        "rp": { "name": "Bank", "id": rp_id },
        "user": { "id": base64url(user.unwrap_or("nobody")), "name": user.unwrap_or("nobody"), "displayName": "" },
        "pubKeyCredParams": [{ "alg": -8, "type": "public-key" }, { "alg": -7, "type": "public-key" }],
        "timeout": 60000,
        "attestation": "none",
        "excludeCredentials": [],
        "authenticatorSelection": {
            "residentKey": "preferred", "userVerification": "preferred", "requireResidentKey": false
        },
        "extensions": { "credProps": true },
        "hints": [],
    })
}

fn request(rp_id: &str, credential_ids: &[String]) -> Value {
    let allowed: Vec<Value> = credential_ids
        .iter()
        .map(|id| json!({ "id": id, "type": "public-key", "transports": ["internal"] }))
        .collect();
    json!({
        "rpId": rp_id,
        "challenge": base64url(random::<32>()),
        "allowCredentials": allowed,
        "timeout": 60000,
        "userVerification": "preferred",
    })
}
