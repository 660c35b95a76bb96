"""The vendor's own client, unchanged, works with our simulator: what the simulator says is what the vendor would."""

import unittest
import uuid

import onfido
from account import account, leftovers
from onfido.exceptions import NotFoundException, UnauthorizedException, UnprocessableEntityException


class Client(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        running = account()
        cls.account = running.__enter__()
        cls.addClassCleanup(running.__exit__, None, None, None)
        cls.api = cls.account.client(api_token=cls.account.api_token)

    def start(self, workflow, **members):
        applicant = self.api.create_applicant(onfido.ApplicantBuilder(first_name="Passkey", last_name="Holder"))
        builder = onfido.WorkflowRunBuilder(workflow_id=workflow, applicant_id=applicant.id, **members)
        return self.api.create_workflow_run(builder)

    def test_an_applicant(self):
        made = self.api.create_applicant(onfido.ApplicantBuilder(first_name="Passkey", last_name="Holder"))
        self.assertEqual((made.first_name, made.last_name, leftovers(made)), ("Passkey", "Holder", []))
        self.assertEqual(self.api.find_applicant(made.id), made)

    def test_a_run(self):
        tags = ["flow:step_up", "challenge:" + 43 * "A"]
        started = self.start(self.account.step_up, tags=tags, customer_user_id="ann", custom_data={"display": "x"})
        self.assertEqual((started.tags, started.customer_user_id, started.status), (tags, "ann", "awaiting_input"))
        self.assertEqual(started.workflow_id, uuid.UUID(self.account.step_up))
        self.assertTrue(started.sdk_token and started.link.url)
        self.assertEqual(leftovers(started), [])
        self.assertEqual(self.api.find_workflow_run(started.id), started)

    def test_every_end_is_one_that_the_client_knows(self):
        for face, status in [
            ("mine", "approved"),
            ("someone_else", "declined"),
            ("abandon", "abandoned"),
            ("review", "review"),
            ("error", "error"),
        ]:
            with self.subTest(face):
                run = self.start(self.account.registration)
                self.assertEqual(self.account.capture(run.id, face), status)
                ended = self.api.find_workflow_run(run.id)
                self.assertEqual((ended.status.value, leftovers(ended)), (status, []))
                self.assertEqual(bool((ended.output or {}).get("encrypted_biometric_token")), face == "mine")

    def test_client_credentials(self):
        access = {"oauth_client_id": self.account.client_id, "oauth_client_secret": self.account.client_secret}
        run = self.start(self.account.step_up)
        self.assertEqual(self.account.client(**access).find_workflow_run(run.id), run)
        with self.assertRaisesRegex(RuntimeError, "status 401"):
            self.account.client(**{**access, "oauth_client_secret": "other"}).find_workflow_run(run.id)

    def test_refusals_are_those_that_the_client_tells_apart(self):
        missing, run = str(uuid.uuid4()), self.start(self.account.step_up)
        for name, refused, act in [
            ("token", UnauthorizedException, lambda: self.account.client(api_token="other").find_workflow_run(run.id)),
            ("run", NotFoundException, lambda: self.api.find_workflow_run(missing)),
            ("applicant", NotFoundException, lambda: self.api.find_applicant(missing)),
            ("workflow", UnprocessableEntityException, lambda: self.start(missing)),
        ]:
            with self.subTest(name), self.assertRaises(refused) as raised:
                act()
            error = onfido.Error.from_json(raised.exception.body)
            self.assertTrue(error.error.type and error.error.message, name)
            self.assertEqual(leftovers(error), [], name)


if __name__ == "__main__":
    unittest.main()
