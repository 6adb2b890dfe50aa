// SPDX-License-Identifier: Apache-2.0
//
// What one reader shows and another hides: every case has words that at least one mail reader shows
// (RFC 7103 lists most of these defects; base64 by python3's base64 module).
#include "extract/other_readings.h"

#include <gtest/gtest.h>

#include <string>

#include "base/limits.h"
#include "extract/message_reader.h"
#include "extract/mime_boundaries.h"
#include "extract/test_data.h"

namespace phimilter::extract {
namespace {

using std::string_literals::operator""s;

class OtherReadingsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { warm_up(); }

  static bool finds(const MessageText& message, std::string_view words) {
    for (const auto& part : message.parts) {
      if (part.kind != PartKind::header && part.text.find(words) != std::string::npos) {
        return true;
      }
    }
    return false;
  }
  static bool was_in_doubt(const MessageText& message) {
    for (const auto& part : message.parts) {
      if (part.path.find('#') != std::string::npos) {
        return true;
      }
    }
    return false;
  }
};

struct Case {
  const char* why;
  std::string message;  // behind "Subject: x"
  const char* words = "secret words";
};

const std::string kPart = "--b\r\n\r\nsecret words\r\n";
const std::string kMixed = "Content-Type: multipart/mixed; boundary=b\r\n";
const std::string kBase64 = "Content-Transfer-Encoding: base64\r\n";

TEST_F(OtherReadingsTest, EveryReaderIsFollowed) {
  const Case cases[] = {
      {"text first", "Content-Type: text/plain\r\n" + kMixed + "\r\n--b\r\n" + kBase64 +
                         "\r\nc2VjcmV0IHdvcmRz\r\n--b--\r\n"},
      {"text last", kMixed + "Content-Type: text/plain\r\n\r\n--b\r\n" + kBase64 +
                        "\r\nc2VjcmV0IHdvcmRz\r\n--b--\r\n"},
      {"encoding first", kBase64 + "Content-Transfer-Encoding: 7bit\r\n\r\nc2VjcmV0IHdvcmRz\r\n"},
      {"encoding last",
       "Content-Transfer-Encoding: 7bit\r\n" + kBase64 + "\r\nc2VjcmV0IHdvcmRz\r\n"},
      {"encoding not meant", kBase64 + "Content-Transfer-Encoding: 7bit\r\n\r\nsecret words\r\n"},
      {"unknown encoding", "Content-Transfer-Encoding: base46\r\n\r\nc2VjcmV0IHdvcmRz\r\n"},
      {"unknown encoding, quoted-printable",
       "Content-Transfer-Encoding: qp\r\n\r\nsec=\r\nret=20words\r\n"},
      {"comment in the encoding",
       "Content-Transfer-Encoding: (x) base64\r\n\r\nc2VjcmV0IHdvcmRz\r\n"},
      {"semicolon behind the encoding",
       "Content-Transfer-Encoding: base64;\r\n\r\nc2VjcmV0IHdvcmRz\r\n"},
      {"blank before the colon", "Content-Transfer-Encoding : base64\r\n\r\nc2VjcmV0IHdvcmRz\r\n"},
      {"blank before the colon, no field",
       "Content-Transfer-Encoding : base64\r\n\r\nsecret words\r\n"},
      {"second boundary", "Content-Type: multipart/mixed; boundary=a; boundary=b\r\n\r\n" + kPart},
      {"first boundary", "Content-Type: multipart/mixed; boundary=b; boundary=a\r\n\r\n" + kPart},
      {"both boundaries",
       "Content-Type: multipart/mixed; boundary=b; boundary=a\r\n\r\n--b\r\n\r\nx\r\n"
       "--a\r\n" +
           kBase64 + "\r\nc2VjcmV0IHdvcmRz\r\n--a--\r\n--b--\r\n"},
      {"single quotes", "Content-Type: multipart/mixed; boundary='b'\r\n\r\n--b\r\n" + kBase64 +
                            "\r\nc2VjcmV0IHdvcmRz\r\n--b--\r\n"},
      {"comment behind the boundary",
       "Content-Type: multipart/mixed; boundary=b (x)\r\n\r\n--b\r\n" + kBase64 +
           "\r\nc2VjcmV0IHdvcmRz\r\n--b--\r\n"},
      {"boundary in pieces",
       "Content-Type: multipart/mixed; boundary*0=b; boundary*1=c\r\n\r\n--bc\r\n" + kBase64 +
           "\r\nc2VjcmV0IHdvcmRz\r\n--bc--\r\n"},
      {"no boundary", "Content-Type: multipart/mixed\r\n\r\n--b\r\nContent-Type: text/plain\r\n" +
                          kBase64 + "\r\nc2VjcmV0IHdvcmRz\r\n--b--\r\n"},
      {"boundary not used", "Content-Type: multipart/mixed; boundary=c\r\n\r\nsecret words\r\n"},
      {"boundary not used, page",
       "Content-Type: multipart/mixed; boundary=c\r\n\r\n"
       "<p>secret <b>wor</b>ds</p>\r\n"},
      {"parts behind the end", kMixed + "\r\n--b\r\n\r\nx\r\n--b--\r\n--b\r\n" + kBase64 +
                                   "\r\nc2VjcmV0IHdvcmRz\r\n--b--\r\n"},
      {"delimiter that goes on",
       kMixed + "\r\n--b\r\n\r\nx\r\n--b junk\r\n" + kBase64 + "\r\nc2VjcmV0IHdvcmRz\r\n--b--\r\n"},
      {"multipart in base64", kMixed + kBase64 +
                                  // "--b\r\n\r\nsecret words\r\n--b--\r\n"
                                  "\r\nLS1iDQoNCnNlY3JldCB3b3Jkcw0KLS1iLS0NCg==\r\n"},
      {"line that is no field", "no field\r\n" + kBase64 + "\r\nc2VjcmV0IHdvcmRz\r\n"},
      {"line that is no field, in the body", "secret words\r\n" + kBase64 + "\r\nAAAA\r\n"},
      {"no empty line in a part", kMixed + "\r\n--b\r\nsecret words\r\n--b--\r\n"},
      {"blank line with blanks",
       "Content-Type: text/plain\r\n \t\r\n" + kBase64 + "\r\nc2VjcmV0IHdvcmRz"},
      {"bare CR",
       "Content-Type: multipart/mixed; boundary=b\r\r--b\r"
       "Content-Transfer-Encoding: base64\r\rc2VjcmV0IHdvcmRz\r--b--\r"},
      {"NUL in a field name", "Content-Transfer-Enc\0oding: base64\r\n\r\nc2VjcmV0IHdvcmRz\r\n"s},
      {"junk in base64", kBase64 + "\r\nc2Vj!*cmV0\r\n#IHdvcmRz\r\n"},
      {"padding inside", kBase64 + "\r\nc2VjcmV0IHdvcg==ZHM=\r\n", "secret wor"},
      {"padding that is skipped", kBase64 + "\r\nc2V=jcmV0IHdvcmRz\r\n"},
      {"text behind base64", kBase64 + "\r\neA==\r\n-- \r\nsecret words\r\n"},
      {"the other alphabet", kBase64 + "\r\nPz8_c2VjcmV0IHdvcmRz\r\n"},
      {"malformed quoted-printable",
       "Content-Transfer-Encoding: quoted-printable\r\n\r\n=XYsecret wo=\r\nrds\r\n"},
      {"base64 without a word of it",
       "\r\nc2VjcmV0IHdvcmRzIHRoYXQgc3RhbmQgaW4gYmFzZTY0LCBhbmQgbm9ib2R5IHNheXMgc28sIGF0\r\n"
       "IGFsbCBhdCBhbGw=\r\n"},
      {"encoded-words in text", "\r\nHi =?utf-8?B?c2VjcmV0IHdvcmRz?= you\r\n"},
      {"UTF-7 that says nothing", "\r\n+AHMAZQBjAHIAZQB0- words\r\n"},
      {"UTF-16 under a label",
       "Content-Type: text/plain; charset=iso-8859-1\r\n\r\n\xFF\xFEs\0e\0c\0r\0e\0t\0"s},
      {"ASCII under a wide label",
       "Content-Type: text/plain; charset=utf-16le\r\n\r\nsecret words!\r\n"},
      {"overlong UTF-8",
       "Content-Type: text/plain; charset=utf-8\r\n\r\n\xC1\xB3"
       "ecret words\r\n"},
      {"two charsets",
       "Content-Type: text/plain; charset=utf-7; charset=utf-8\r\n\r\n+AHMAZQBjAHIAZQB0- "
       "words\r\n"},
      {"partial", "Content-Type: message/partial; id=x; number=2; total=2\r\n\r\nsecret words\r\n"},
      {"encoded message", "Content-Type: message/rfc822\r\n" + kBase64 + "\r\nsecret words\r\n"},
      {"right-to-left override",
       "Content-Type: text/plain; charset=utf-8\r\n\r\n\xE2\x80\xAEsdrow terces\r\n"},
  };
  for (const auto& test : cases) {
    const MessageText message = read_message("Subject: x\r\n" + test.message);
    const bool utf16 = test.message.find('\xFF') != std::string::npos;
    EXPECT_TRUE(finds(message, utf16 ? "secret" : test.words)) << test.why;
    EXPECT_EQ(count_opaque(message, Opaque::ambiguous), 0U) << test.why;
  }
}

TEST_F(OtherReadingsTest, OrdinaryMessagesAreReadOnce) {
  const Case cases[] = {
      {"a part", kMixed + "\r\n" + kPart + "--b--\r\n"},
      {"no last delimiter", kMixed + "\r\n" + kPart},
      {"preamble and epilogue", kMixed + "\r\nThis is MIME.\r\n" + kPart + "--b--\r\nend\r\n"},
      {"nested",
       "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n"
       "Content-Type: multipart/alternative; boundary=ab\r\n\r\n--ab\r\n\r\nsecret words\r\n"
       "--ab--\r\n--a--\r\n"},
      {"two Subjects", "Subject: y\r\n\r\nsecret words\r\n"},
      {"the same type twice",
       "Content-Type: text/plain\r\nContent-Type:  text/plain\r\n\r\nsecret words\r\n"},
      {"8-bit field", "Comments: caf\xC3\xA9\r\n\r\nsecret words\r\n"},
      {"quoted-printable",
       "Content-Transfer-Encoding: quoted-printable\r\n\r\nsecret=20wor=  \r\nds\r\n"},
      {"base64", kBase64 + "\r\nc2VjcmV0IHdvcmRz\r\n"},
      {"a plus", "\r\nsecret words +1-555-0100 a+b-c\r\n"},
      {"a long word",
       "\r\nsecret words\r\nhttps://example.org/abcdefghijklmnopqrstuvwxyz0123456789\r\n"},
      {"BOM of the charset",
       "Content-Type: text/plain; charset=utf-8\r\n\r\n\xEF\xBB\xBFsecret words\r\n"},
      {"bare CR in text", "Content-Type: text/plain\r\n\r\nsecret words\rmore\r\n"},
  };
  for (const auto& test : cases) {
    const MessageText message = read_message("Subject: x\r\n" + test.message);
    EXPECT_TRUE(finds(message, test.words)) << test.why;
    EXPECT_FALSE(was_in_doubt(message)) << test.why;
    EXPECT_EQ(count_opaque(message, Opaque::broken), 0U) << test.why;
  }
}

TEST_F(OtherReadingsTest, MoreThanMayBeReadIsAmbiguous) {
  // Each part may be read in nine ways.
  std::string message = "Subject: x\r\n" + kMixed + "\r\n";
  for (int i = 0; i < 100; ++i) {
    message += "--b\r\nContent-Type: text/plain\r\nContent-Type: text/html\r\n" + kBase64 +
               "Content-Transfer-Encoding: quoted-printable\r\n\r\nd29yZHM=\r\n";
  }
  EXPECT_EQ(count_opaque(read_message(message), Opaque::ambiguous), 1U);
}

TEST_F(OtherReadingsTest, DoubtsInDoubtsEnd) {
  // Every reading of a header that has two readings has two readings again.
  std::string message = "Subject: x\r\n";
  for (int i = 0; i < 2000; ++i) {
    message +=
        "stray\r\nContent-Type : text/plain\r\nContent-Type: multipart/mixed; boundary='a';"
        " boundary=\"a'\"\r\n\r\n--a\r\n--a'\r\n";
  }
  EXPECT_FALSE(read_message(message).parts.empty());
}

TEST(Boundaries, Candidates) {
  struct {
    const char* field;
    std::vector<std::string> values;
  } const cases[] = {
      {"multipart/mixed; boundary=b", {"b"}},
      {"multipart/mixed; boundary=\"b c\"", {"b c", "b"}},
      {"multipart/mixed; boundary=\"b \"", {"b"}},
      {"multipart/mixed; boundary='b'", {"'b'", "b"}},
      {"multipart/mixed; boundary=b (x)", {"b (x)", "b"}},
      {"multipart/mixed; boundary=a; boundary=b", {"a", "b"}},
      {"multipart/mixed; boundary*0=a; boundary*1=b", {"ab"}},
      {"multipart/mixed; boundary*=us-ascii''a%62", {"ab"}},
      {"multipart/mixed", {}},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(boundary_candidates(test.field), test.values) << test.field;
  }
}

}  // namespace
}  // namespace phimilter::extract
