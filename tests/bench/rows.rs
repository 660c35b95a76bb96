//! What is measured: the rows of the table, in its order.

use crate::listeners::Between;
use crate::traffic::Traffic;

/// One comparison with the same traffic through Envoy alone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// As the table has it.
    pub(crate) name: &'static str,
    pub(crate) between: Between,
    pub(crate) traffic: Traffic,
    /// Calls to the orchestrator for each request; a run with any other number is void, and so is one in which not
    /// every request reached the relying party once.
    pub(crate) callouts: u64,
    /// Requests of a slice at saturation; at a fixed rate it is [`PACED`].
    pub(crate) requests: usize,
}

/// Requests of a slice at a fixed rate.
pub(crate) const PACED: usize = 400;

/// How many a second these are.
pub(crate) const RATE: u32 = 1000;

pub(crate) const NOTHING_AGAIN: &str = "no filter, once more (the noise)";
pub(crate) const EXT_AUTHZ: &str = "`ext_authz` HTTP, a GET";
pub(crate) const EXT_AUTHZ_BODY: &str = "`ext_authz` HTTP with the body, a finish";
pub(crate) const JWT_AUTHN: &str = "`jwt_authn` ES256";
pub(crate) const LUA_HEADERS: &str = "Lua, reads 2 headers";
pub(crate) const LUA_CALLOUTS: &str = "Lua, body + 2 `httpCall`, no parsing";
pub(crate) const DISABLED: &str = "Countersign, route where it is disabled";
pub(crate) const OTHER: &str = "Countersign, other route";
pub(crate) const ELSEWHERE_10: &str = "Countersign, other route, 10 rules elsewhere";
pub(crate) const ELSEWHERE_100: &str = "Countersign, other route, 100 rules elsewhere";
pub(crate) const ELSEWHERE_1000: &str = "Countersign, other route, 1000 rules elsewhere";
pub(crate) const RESOURCE: &str = "Countersign, guarded resource, elevation valid";
pub(crate) const PAYMENT: &str = "Countersign, body rule that does not match";
pub(crate) const BEGIN: &str = "Countersign, begin, routine";
pub(crate) const ROUTINE: &str = "Countersign, finish, routine";
pub(crate) const GUARDED: &str = "Countersign, finish, guarded";
pub(crate) const SIGNATURE: &str = "Countersign, finish, guarded, signature checked";
pub(crate) const VERDICT: &str = "Countersign, finish, guarded, signed verdict";

/// All rows.
pub(crate) const ROWS: [Row; 18] = [
    row(NOTHING_AGAIN, Between::Nothing, Traffic::Get, 0, 8000),
    row(DISABLED, Between::CountersignDisabled, Traffic::Get, 0, 8000),
    row(LUA_HEADERS, Between::LuaHeaders, Traffic::Get, 0, 8000),
    row(OTHER, Between::Countersign, Traffic::Get, 0, 8000),
    row(ELSEWHERE_10, Between::CountersignElsewhere(10), Traffic::Get, 0, 6000),
    row(ELSEWHERE_100, Between::CountersignElsewhere(100), Traffic::Get, 0, 3000),
    row(ELSEWHERE_1000, Between::CountersignElsewhere(1000), Traffic::Get, 0, 6000),
    row(JWT_AUTHN, Between::JwtAuthn, Traffic::Entitled, 0, 4000),
    row(RESOURCE, Between::CountersignResource, Traffic::Entitled, 0, 4000),
    row(EXT_AUTHZ, Between::ExtAuthz, Traffic::Get, 1, 4000),
    row(BEGIN, Between::Countersign, Traffic::Begin, 0, 6000),
    row(PAYMENT, Between::CountersignPayments, Traffic::Payment, 0, 4000),
    row(ROUTINE, Between::Countersign, Traffic::Routine, 0, 3000),
    row(EXT_AUTHZ_BODY, Between::ExtAuthz, Traffic::Finish, 1, 4000),
    row(LUA_CALLOUTS, Between::LuaCallouts, Traffic::Finish, 2, 2500),
    row(GUARDED, Between::Countersign, Traffic::Guarded, 2, 2500),
    row(SIGNATURE, Between::CountersignKeys, Traffic::Guarded, 2, 2000),
    row(VERDICT, Between::CountersignSigned, Traffic::Guarded, 2, 2000),
];

const fn row(name: &'static str, between: Between, traffic: Traffic, callouts: u64, requests: usize) -> Row {
    Row { name, between, traffic, callouts, requests }
}
