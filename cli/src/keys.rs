//! `keys`: new ones, from the operating system's randomness.

use countersign::assertion::key_set;
use countersign::encoding::to_base64url;
use countersign::es256::SigningKey;
use countersign::json::Value;
use countersign::policy::AssertionKey;

use crate::Answer;
use crate::arguments::{Key, Keys};
use crate::failure::Failure;

/// What is printed is an environment file: whatever is not for the environment is a comment in it.
pub(crate) fn run(keys: &Keys) -> Result<Answer, Failure> {
    let text = match keys {
        Keys::Seal(key) => {
            let (id, variable) = names(key, 'k', "COUNTERSIGN_SEAL_KEY")?;
            let key = to_base64url(&random::<32>()?);
            format!("# keys: {{ seal: [ {{ id: {id}, env: {variable} }} ] }}\n{variable}={key}\n")
        }
        Keys::Signing(key) => {
            let (id, variable) = names(key, 'a', "COUNTERSIGN_ASSERTION_KEY")?;
            let key = signing_key()?;
            let private = to_base64url(&key.to_pkcs8_der());
            let set = Value::Object(key_set(&[AssertionKey { id: id.clone(), key }])).to_vec();
            format!(
                "# keys: {{ assertion: [ {{ id: {id}, env: {variable} }} ] }}\n# public: {}\n{variable}={private}\n",
                String::from_utf8_lossy(&set)
            )
        }
    };
    Ok(Answer::fine(text))
}

/// The key's id and the variable that holds it. Ids are never used again, so one that nobody gave is random.
fn names(key: &Key, letter: char, variable: &str) -> Result<(String, String), Failure> {
    let fits = |text: &str, more: &[u8]| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
    };
    let id = match &key.id {
        Some(id) if fits(id, b"_-") && id.len() <= 16 => id.clone(),
        Some(id) => {
            return Err(Failure::Usage(format!(
                "`--id {id}`: write 1 to 16 of `A-Z a-z 0-9 _ -`, such as `k1`"
            )));
        }
        None => format!("{letter}{:08x}", u32::from_be_bytes(random()?)),
    };
    match &key.variable {
        Some(name) if !fits(name, b"_") => {
            Err(Failure::Usage(format!("`--variable {name}`: write letters, digits and `_`")))
        }
        name => Ok((id, name.clone().unwrap_or_else(|| variable.to_owned()))),
    }
}

fn signing_key() -> Result<SigningKey, Failure> {
    loop {
        // All but some four in 2^32 texts of 32 bytes are a key.
        if let Some(key) = SigningKey::from_scalar(&random()?) {
            return Ok(key);
        }
    }
}

fn random<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    match getrandom::fill(&mut bytes) {
        Ok(()) => Ok(bytes),
        Err(error) => Err(Failure::Unreadable(format!("the operating system's randomness: {error}"))),
    }
}
