// SPDX-License-Identifier: Apache-2.0
//
// Messages as mailers write them, each with something that a careless rewriter would break.
#pragma once

#include <string>
#include <string_view>

namespace phimilter::protect::testing {

struct SampleMessage {
  std::string_view name;
  std::string_view text;    // LF line ends
  std::string_view entity;  // Content-* fields, an empty line and the body: what must stand inside
};

inline constexpr std::string_view kSampleHead =
    "Return-Path: <lab@clinic.example>\n"
    "Received: from ward3 (ward3.clinic.example [192.0.2.7])\n"
    "\tby gw.clinic.example with ESMTP id 4F1; Sat, 21 Nov 2026 21:08:33 +0000 (UTC)\n"
    "From: \"Clinic Lab\" <lab@clinic.example>\n"
    "To: Dr Ann <ann@example.org>,\n"
    " Bob <bob@example.org>\n"
    "Bcc: hidden@example.org\n"
    "Date: Sat, 21 Nov 2026 21:08:33 +0000\n"
    "Message-ID: <a1.b2@clinic.example>\n"
    "Subject: =?utf-8?Q?Resultado_de_Mar=C3=ADa?= SSN 123-45-6789\n"
    " folded MRN 7654321\n"
    "References: <x@example.org>\n"
    "\t<y@example.org>\n"
    "In-Reply-To: message of Tuesday about MRN 7654321\n"
    "Thread-Topic: HIV result of Maria\n"
    "X-Phi-Proof: question; answer\n"
    "X-Priority: 1\n";

inline constexpr SampleMessage kSamples[] = {
    {"plain without MIME", "\nDear Ann,\nhb 12.1\n.\n--\nend without line end",
     "\r\nDear Ann,\r\nhb 12.1\r\n.\r\n--\r\nend without line end"},
    {"format=flowed with trailing blanks",
     "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8;\n\tformat=flowed; delsp=yes\n"
     "Content-Transfer-Encoding: 8bit\n\nM\xc3\xa1s texto \nque sigue   \n\n\n",
     "Content-Type: text/plain; charset=utf-8;\r\n\tformat=flowed; delsp=yes\r\n"
     "Content-Transfer-Encoding: 8bit\r\n\r\nM\xc3\xa1s texto \r\nque sigue   \r\n\r\n\r\n"},
    {"odd spelling, latin-1 bytes, no charset",
     "mime-version:1.0\ncOntent-tYpe:TEXT/plain\nCONTENT-Language: de\n\n\xfc\xf6 8bit raw\n",
     "cOntent-tYpe:TEXT/plain\r\nCONTENT-Language: de\r\n\r\n\xfc\xf6 8bit raw\r\n"},
    {"multipart with preamble and epilogue",
     "MIME-Version: 1.0\nContent-Type: multipart/mixed; "
     "boundary=\"b\"\n\npreamble\n--b\n\none\n--b\n"
     "Content-Type: application/pdf\nContent-Transfer-Encoding: "
     "base64\n\nJVBERg==\n--b--\nepilogue\n",
     "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\npreamble\r\n--b\r\n\r\none\r\n--b\r\n"
     "Content-Type: application/pdf\r\nContent-Transfer-Encoding: "
     "base64\r\n\r\nJVBERg==\r\n--b--\r\n"
     "epilogue\r\n"},
    {"empty body", "Content-Type: text/plain\n\n", "Content-Type: text/plain\r\n\r\n"},
};

inline std::string sample_text(const SampleMessage& sample) {
  return std::string(kSampleHead) + std::string(sample.text);
}

}  // namespace phimilter::protect::testing
