# SPDX-License-Identifier: Apache-2.0
"""Thousands of messages while everything breaks: see run_torture.py."""
