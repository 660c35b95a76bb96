"""What there is to click, once the demo is up: the five flows and a payment, one after the other."""


def walk(page):
    """The walk, for the bank's address. What stands in double quotes is on a page."""
    return f"""Countersign is up. Open {page}

Where a camera is wanted, "Open the camera" shows a simulated face check: press "My face". Your
device makes the passkeys.

  1. Registration    Type a name, press "Open account", write the recovery code down. Press "Enrol".
                     Until the camera has seen you, the bank has not seen the passkey.
  2. Routine         "Sign out", then "Sign in". Nothing asks for a face: the policy does not name
                     this sign-in.
  3. Step-up         "Sign out", then "Sign in with step-up". Again with "Someone else": you stay
                     out, and the bank never saw the passkey's answer.
  4. Cross-platform  Name, "I have an account", "Approve on your phone", "Copy the link". A private
                     window is the phone: open the link there, type the number, press "It is me".
                     Or "Not me", at any time.
  5. Payment         "Pay" 900 EUR to anybody: nothing asks. 1500 EUR: the camera says what you are
                     about to pay, and that passes once. "Pay, with my phone" goes on as in 4.
  6. Recovery        A private window is the new device: {page}/recover.html
                     Name, code, "Recover", the camera, "Make the passkey". The old passkey is worth
                     nothing after that. With "Someone else" the bank is never asked."""
