"""What an application saw, written down."""

import unittest

from azmatrix_worker import outcome


class Denied(Exception):
    """As the clients' exceptions are."""

    status_code = 401
    request_id = "request-1"

    class error:  # noqa: N801
        code = "Unauthorized"


class Failure(unittest.TestCase):
    def test_an_exception_is_described_by_what_it_carries(self) -> None:
        described = {
            "type": "tests.test_outcome.Denied",
            "message": "no",
            "status": 401,
            "code": "Unauthorized",
            "request_id": "request-1",
        }
        self.assertEqual(outcome.failure(Denied("no")), {"kind": "error", "error": described})
        nothing = {"type": "ValueError", "message": "", "status": None, "code": None, "request_id": None}
        self.assertEqual(outcome.describe(ValueError()), nothing)

    def test_a_class_has_the_name_of_the_module_that_offers_it(self) -> None:
        from concurrent.futures import CancelledError
        from json import JSONDecodeError

        self.assertEqual(outcome.public_name(JSONDecodeError), "json.JSONDecodeError")
        self.assertEqual(outcome.public_name(CancelledError), "concurrent.futures.CancelledError")
        self.assertEqual(outcome.public_name(KeyError), "KeyError")
