//! Secrets from the environment, and everything that is wrong with the settings, said at once.

use std::fmt;

use crate::seal::Sealer;
use crate::secret::Secret;
use crate::verdict::VerdictSigner;

/// Shown below `--help`.
pub(super) const HELP: &str = "\
Secrets, by environment only:
  COUNTERSIGN_ORCHESTRATOR_TOKEN  bearer token that callers present (required)
  COUNTERSIGN_REFERENCE_KEY       base64 of 32 random bytes; seals biometric references (required)
  COUNTERSIGN_IDV_API_TOKEN       token of the IDV API (required)
  COUNTERSIGN_WEBHOOK_TOKEN       token that signs the IDV webhooks (required)
  COUNTERSIGN_VERDICT_KEY         P-256 private key, PKCS #8 PEM or JWK; signs verdicts when set

While rotating, the one before, which is still accepted: COUNTERSIGN_ORCHESTRATOR_TOKEN_PREVIOUS,
COUNTERSIGN_REFERENCE_KEY_PREVIOUS, COUNTERSIGN_WEBHOOK_TOKEN_PREVIOUS";

/// What the environment holds.
#[derive(Debug)]
pub struct Secrets {
    /// Opens the API.
    pub bearer: Vec<Secret<String>>,
    /// Seals references; absent when its key is one of the problems.
    pub sealer: Option<Sealer>,
    /// Opens the IDV API.
    pub idv_token: Secret<String>,
    /// Sign webhooks.
    pub webhook_tokens: Vec<Secret<String>>,
    /// Signs verdicts.
    pub signer: Option<VerdictSigner>,
}

/// Faults of the settings, each with the variable's name and what to do.
#[derive(Debug, Default)]
pub struct Problems(Vec<(&'static str, String)>);

impl Secrets {
    /// Reads the secrets from `environment`, adding every fault to `problems`.
    pub fn read(environment: impl Fn(&str) -> Option<String>, problems: &mut Problems) -> Self {
        let optional = |name: &str| environment(name).filter(|value| !value.is_empty());
        let mut required = |name: &'static str, hint: &str| {
            optional(name).unwrap_or_else(|| {
                problems.add(name, &format!("is not set; {hint}"));
                String::new()
            })
        };
        let bearer = required(
            "COUNTERSIGN_ORCHESTRATOR_TOKEN",
            "choose a long random one and give the gateway the same",
        );
        let key = required("COUNTERSIGN_REFERENCE_KEY", "make one with `openssl rand -base64 32`");
        let idv_token = required("COUNTERSIGN_IDV_API_TOKEN", "copy it from the IDV dashboard");
        let webhook =
            required("COUNTERSIGN_WEBHOOK_TOKEN", "the IDV API returns it when the webhook is created");
        let previous_bearer = optional("COUNTERSIGN_ORCHESTRATOR_TOKEN_PREVIOUS");
        for (name, token) in [
            ("COUNTERSIGN_ORCHESTRATOR_TOKEN", Some(&bearer)),
            ("COUNTERSIGN_ORCHESTRATOR_TOKEN_PREVIOUS", previous_bearer.as_ref()),
        ] {
            if token.is_some_and(|token| !token.bytes().all(|b| b.is_ascii_graphic())) {
                problems.add(name, "may hold visible ASCII characters only");
            }
        }
        let previous = optional("COUNTERSIGN_REFERENCE_KEY_PREVIOUS");
        if previous.as_deref().is_some_and(|previous| Sealer::new(previous, None).is_err()) {
            problems.add("COUNTERSIGN_REFERENCE_KEY_PREVIOUS", "must be base64 of exactly 32 random bytes");
        }
        let sealer = Sealer::new(&key, previous.as_deref());
        if let Err(error) = Sealer::new(&key, None)
            && !key.is_empty()
        {
            problems.add("COUNTERSIGN_REFERENCE_KEY", &error.to_string());
        }
        let signer = optional("COUNTERSIGN_VERDICT_KEY").map(|text| VerdictSigner::parse(&text)).transpose();
        if let Err(error) = &signer {
            problems.add("COUNTERSIGN_VERDICT_KEY", &error.to_string());
        }
        let webhook_tokens = [Some(webhook), optional("COUNTERSIGN_WEBHOOK_TOKEN_PREVIOUS")];
        Self {
            bearer: secrets([Some(bearer), previous_bearer]),
            sealer: sealer.ok(),
            idv_token: Secret::new(idv_token),
            webhook_tokens: secrets(webhook_tokens),
            signer: signer.ok().flatten(),
        }
    }
}

fn secrets(values: [Option<String>; 2]) -> Vec<Secret<String>> {
    values.into_iter().flatten().map(Secret::new).collect()
}

impl Problems {
    /// One more.
    pub fn add(&mut self, name: &'static str, what: &str) {
        self.0.push((name, what.to_owned()));
    }

    /// Nothing, or all of them.
    ///
    /// # Errors
    /// When there is any.
    pub fn into_result(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the settings cannot be used:")?;
        self.0.iter().try_for_each(|(name, what)| write!(f, "\n  {name} {what}"))
    }
}
