"""The mutants, by area. What a row of tests/e2e/bypass, guards, resources or forms is about has a mutant here."""

from . import (
    audit,
    ceremony,
    credential,
    elevation,
    evidence,
    forms,
    guards,
    handoff,
    json,
    owner,
    recovery,
    release,
    request,
    resources,
    verdict,
)

AREAS = {
    "evidence": evidence.MUTANTS,
    "ceremony": ceremony.MUTANTS,
    "owner": owner.MUTANTS,
    "verdict": verdict.MUTANTS,
    "release": release.MUTANTS,
    "json": json.MUTANTS,
    "credential": credential.MUTANTS,
    "request": request.MUTANTS,
    "handoff": handoff.MUTANTS,
    "recovery": recovery.MUTANTS,
    "elevation": elevation.MUTANTS,
    "resources": resources.MUTANTS,
    "guards": guards.MUTANTS,
    "forms": forms.MUTANTS,
    "audit": audit.MUTANTS,
}
