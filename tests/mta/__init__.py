# SPDX-License-Identifier: Apache-2.0
"""Runs the product against a real mail server: private Postfix instances made from contrib/postfix, a private Redis,
a recording SMTP sink, and the judges (gpg, openssl, Python's email package). Nothing here asks our own programs
whether the result is right."""
