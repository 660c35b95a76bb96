"""The vendor's own verifier accepts what the simulator signs, and nothing else."""

import unittest
import uuid

import onfido
from account import account, leftovers
from onfido import OnfidoInvalidSignatureError, WebhookEventVerifier
from wire import receiver

HEADER = "x-sha2-signature"


class Webhooks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with account() as opened, receiver() as received:
            api = opened.client(api_token=opened.api_token)
            cls.webhook = api.create_webhook(
                onfido.WebhookBuilder(url=f"http://{received.address}/hook", events=["workflow_run.completed"])
            )
            cls.runs = {}
            for face in ("mine", "someone_else", "error"):
                applicant = api.create_applicant(onfido.ApplicantBuilder(first_name="Passkey", last_name="Holder"))
                builder = onfido.WorkflowRunBuilder(
                    workflow_id=opened.registration, applicant_id=applicant.id, tags=["flow:registration"]
                )
                run = api.create_workflow_run(builder)
                opened.capture(run.id, face)
                cls.runs[face] = run
            cls.told = dict(zip(cls.runs, received.heard))

    def read(self, body, signature, token=None):
        return WebhookEventVerifier(token or self.webhook.token).read_payload(body, signature)

    def test_what_the_simulator_signs_is_accepted(self):
        for face, status in [("mine", "approved"), ("someone_else", "declined"), ("error", "error")]:
            with self.subTest(face):
                heard = self.told[face]
                event = self.read(heard.body.decode(), heard.headers[HEADER])
                payload = event.payload
                self.assertEqual(payload.resource_type.value, "workflow_run")
                self.assertEqual(payload.action.value, "workflow_run.completed")
                self.assertEqual((payload.object.id, payload.object.status.value), (str(self.runs[face].id), status))
                self.assertEqual(uuid.UUID(payload.resource.id), self.runs[face].id)
                self.assertEqual(heard.headers["content-type"], "application/json")

    def test_what_was_changed_is_refused(self):
        heard = self.told["someone_else"]
        body, signature = heard.body.decode(), heard.headers[HEADER]
        self.assertIn('"declined"', body)
        for name, body, signature in [
            ("another verdict", body.replace('"declined"', '"approved"'), signature),
            ("one byte more", body + " ", signature),
            ("one byte less", body[:-1], signature),
            ("written anew", body.replace(":", ": "), signature),
            ("another event's signature", body, self.told["mine"].headers[HEADER]),
            ("one digit changed", body, ("0" if signature[0] != "0" else "1") + signature[1:]),
            ("cut short", body, signature[:-2]),
            ("empty", body, ""),
            # The verifier compares texts: the vendor writes lower case.
            ("in capitals", body, signature.upper()),
            ("with a scheme", body, f"sha256={signature}"),
        ]:
            with self.subTest(name), self.assertRaises(OnfidoInvalidSignatureError):
                self.read(body, signature)

    def test_another_token_is_refused(self):
        heard = self.told["mine"]
        for token in ("other", self.webhook.token[:-1], self.webhook.token.swapcase()):
            with self.assertRaises(OnfidoInvalidSignatureError):
                self.read(heard.body.decode(), heard.headers[HEADER], token)

    def test_the_webhook_is_as_the_client_knows_it(self):
        self.assertEqual(leftovers(self.webhook), [])
        self.assertTrue(self.webhook.enabled and self.webhook.token)


if __name__ == "__main__":
    unittest.main()
