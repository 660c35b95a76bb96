"""What the filter sends to IDV is what the vendor's own models take, and nothing that they do not know."""

import base64
import json
import unittest
import urllib.request
from contextlib import ExitStack
from urllib.parse import parse_qs

import onfido
from account import account, leftovers
from gateway import gateway
from wire import makes_options, relying_party, tap

USER = "ann-f00d"
OTHER_USER = "ann@bank.example"  # outside the alphabet: a surrogate goes
PRIOR = {"prior_biometric": {"encrypted_biometric_token": [{"type": "encrypted_biometric_token", "value": "YQ"}]}}


class Requests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """One gateway begins everything that it can begin; what the vendor was asked is what the tests look at."""
        cls.heard = {}
        with ExitStack() as running:
            cls.account = running.enter_context(account())
            vendor = running.enter_context(tap(cls.account.address))
            party = running.enter_context(relying_party())
            address = running.enter_context(gateway(cls.account, vendor.address, party.address))
            for name, user, more in [("ann", USER, {}), ("prior", USER, PRIOR), ("surrogate", OTHER_USER, {})]:
                party.answer = makes_options(user, more)
                for flow, method, path in [
                    ("registration", "GET", "/generate-registration-options"),
                    ("step_up", "GET", "/generate-authentication-options"),
                    ("recovery", "POST", "/recovery/start"),
                ]:
                    vendor.heard.clear()
                    answer = ask(address, method, path)
                    cls.heard[name, flow] = (list(vendor.heard), answer)

    def made(self, path):
        """(name, flow, request) of every POST to a path."""
        return [
            (name, flow, heard)
            for (name, flow), (all_heard, _) in self.heard.items()
            for heard in all_heard
            if heard.path == path
        ]

    def test_every_applicant(self):
        made = self.made("/v3.6/applicants")
        self.assertEqual(len(made), 9)
        for name, flow, heard in made:
            with self.subTest(f"{name} {flow}"):
                applicant = onfido.ApplicantBuilder.from_json(heard.body.decode())
                self.assertEqual(leftovers(applicant), [])
                self.assertEqual(json.loads(applicant.to_json()), json.loads(heard.body), "nothing is read otherwise")
                self.assertEqual(heard.headers["content-type"], "application/json")

    def test_every_run(self):
        made = self.made("/v3.6/workflow_runs")
        self.assertEqual(len(made), 9)
        for name, flow, heard in made:
            with self.subTest(f"{name} {flow}"):
                run = onfido.WorkflowRunBuilder.from_json(heard.body.decode())
                self.assertEqual(leftovers(run), [])
                self.assertEqual(json.loads(heard.body), as_sent(run), "nothing is read otherwise")
                self.assertEqual(str(run.workflow_id), getattr(self.account, flow))
                self.assertEqual(heard.headers["content-type"], "application/json")

    def test_what_the_runs_say(self):
        for name, flow, heard in self.made("/v3.6/workflow_runs"):
            with self.subTest(f"{name} {flow}"):
                run = onfido.WorkflowRunBuilder.from_json(heard.body.decode())
                self.assertEqual(run.tags[0], f"flow:{flow}")
                self.assertEqual(len(run.tags), 1 if flow == "recovery" else 3)
                expected = {"step_up": {"branch": "web", "tries": 3}}.get(flow)
                if (name, flow) == ("prior", "registration"):
                    expected = PRIOR["prior_biometric"]
                self.assertEqual(run.custom_data, expected)
                if name == "surrogate":
                    self.assertEqual(len(base64.urlsafe_b64decode(run.customer_user_id + "=")), 32)
                else:
                    self.assertEqual(run.customer_user_id, USER)

    def test_the_token_is_asked_for_as_the_client_does(self):
        ((_, _, ours),) = self.made("/v3.6/oauth/token")
        with account() as simulated, tap(simulated.address) as vendor:
            simulated.client_id, simulated.client_secret = self.account.client_id, self.account.client_secret
            simulated.address = vendor.address
            client = simulated.client(oauth_client_id=simulated.client_id, oauth_client_secret=simulated.client_secret)
            with self.assertRaises(RuntimeError):  # that account's secret is another
                client.find_workflow_run("00000000-0000-4000-8000-000000000000")
            theirs = vendor.heard[0]
        self.assertEqual((ours.method, ours.path), (theirs.method, theirs.path))
        self.assertEqual(ours.headers["content-type"], theirs.headers["content-type"])
        self.assertEqual(parse_qs(ours.body.decode()), parse_qs(theirs.body.decode()))
        self.assertEqual(parse_qs(ours.body.decode())["client_secret"], [self.account.client_secret])
        self.assertNotIn("authorization", ours.headers)

    def test_the_client_of_the_relying_party_gets_what_the_sdk_takes(self):
        for (name, flow), (_, answer) in self.heard.items():
            with self.subTest(f"{name} {flow}"):
                given = answer["stepUp"]["client"]
                expected = {"sdkToken", "workflowRunId", "link"} | ({"continuation"} if flow == "recovery" else set())
                self.assertEqual(set(given), expected)
                self.assertEqual(given["workflowRunId"], answer["stepUp"]["session"])
                self.assertNotIn("prior_biometric", answer)


def ask(address, method, path):
    body = b"{}" if method == "POST" else None
    headers = {"host": "bank.example", "content-type": "application/json"}
    request = urllib.request.Request(f"http://{address}{path}", body, headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def as_sent(run):
    """A builder as the vendor's client would send it."""
    return onfido.ApiClient().sanitize_for_serialization(run)


if __name__ == "__main__":
    unittest.main()
