//! What the configuration takes from the environment.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use countersign::encoding::to_base64url;
use countersign::es256::SigningKey;

use crate::arguments::Environment;
use crate::failure::Failure;

/// Where values come from: what was given, the environment, and perhaps a stand-in for the rest.
pub(crate) struct Secrets {
    given: BTreeMap<String, String>,
    /// Stands for whatever is not set; `None`: nothing does.
    stand_in: Option<String>,
    /// What it stood for.
    assumed: RefCell<BTreeSet<String>>,
}

impl Secrets {
    pub(crate) fn new(environment: &Environment) -> Result<Self, Failure> {
        let mut given = BTreeMap::new();
        for pair in &environment.env {
            let Some((name, value)) = pair.split_once('=') else {
                return Err(Failure::Usage(format!("`--env {pair}`: write NAME=VALUE")));
            };
            given.insert(name.to_owned(), value.to_owned());
        }
        Ok(Self { given, stand_in: environment.assume_env.then(stand_in), assumed: RefCell::default() })
    }

    /// The value of a variable.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        let set = self.given.get(name).cloned().or_else(|| std::env::var(name).ok());
        set.or_else(|| {
            let value = self.stand_in.clone()?;
            self.assumed.borrow_mut().insert(name.to_owned());
            Some(value)
        })
    }

    /// The variables that a stand-in stood for, in the order of their names.
    pub(crate) fn assumed(&self) -> Vec<String> {
        self.assumed.borrow().iter().cloned().collect()
    }
}

/// A text that is a seal key, a P-256 key and a token at once; nothing is ever signed or sealed with it that counts.
fn stand_in() -> String {
    const SCALAR: [u8; 32] = [1; 32];
    SigningKey::from_scalar(&SCALAR).map(|key| to_base64url(&key.to_pkcs8_der())).unwrap_or_default()
}
