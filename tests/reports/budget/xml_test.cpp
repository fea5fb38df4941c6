#include "reports/xml.h"

#include <gtest/gtest.h>

namespace profile_train::reports {
namespace {

TEST(XmlText, EscapesMarkup) { EXPECT_EQ(xml_text("a<b>&\"'"), "a&lt;b&gt;&amp;&quot;&apos;"); }

TEST(XmlText, KeepsLineEnds) { EXPECT_EQ(xml_text("a\nb\n"), "a&#10;b&#10;"); }

TEST(XmlText, ReplacesWhatNoXmlMayHold) {
  const std::string text = xml_text(std::string("\x01\x1b\xff\xEF\xBF\xBF", 6) + "層");
  EXPECT_EQ(text.find('\x01'), std::string::npos);
  EXPECT_EQ(text.find("\xEF\xBF\xBF"), std::string::npos);
  EXPECT_TRUE(text.ends_with("層"));
}

}  // namespace
}  // namespace profile_train::reports
