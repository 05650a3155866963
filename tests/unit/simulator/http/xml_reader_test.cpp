#include "simulator/http/xml_reader.h"

#include <catch2/catch.hpp>

using namespace edgehose;

TEST_CASE("xml reader: elements, text and entities") {
  const auto root = read_xml(
      "\xef\xbb\xbf<?xml version='1.0'?>\n<!-- first --><a:Delete xmlns:a=\"http://x/\" b = '>'>\n"
      "  <Object><Key>a&lt;&amp;&gt;&quot;&apos;&#233;&#x1;<![CDATA[<b>]]></Key></Object>"
      "<Empty/><Quiet>true</Quiet ><!-- last --></a:Delete>\n");
  REQUIRE(root);
  REQUIRE(root->name == "Delete");
  REQUIRE(root->children.size() == 3);
  REQUIRE(root->child("Object")->child_text("Key") == "a<&>\"'\xc3\xa9\x01<b>");
  REQUIRE(root->child_text("Quiet") == "true");
  REQUIRE(root->child_text("Empty").empty());
  REQUIRE(root->child("None") == nullptr);
}

TEST_CASE("xml reader: what is not well-formed is nothing") {
  for (const char* text : {"",
                           " ",
                           "a",
                           "<a>",
                           "<a></b>",
                           "<a><b></a></b>",
                           "<:/>",
                           "<a/><b/>",
                           "<a>x</a>y",
                           "<a",
                           "<a b></a>",
                           "<a b=c></a>",
                           "<a b='c></a>",
                           "<>x</>",
                           "<a>&nbsp;</a>",
                           "<a>&#0;</a>",
                           "<a>&#xD800;</a>",
                           "<a>&#99999999;</a>",
                           "<a>&#-1;</a>",
                           "<a>&</a>",
                           "<a><!-- </a>",
                           "<a><![CDATA[ </a>",
                           "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
                           "<a>\xff</a>",
                           "<?xml <a/>"}) {
    CAPTURE(text);
    REQUIRE_FALSE(read_xml(text));
  }
}

TEST_CASE("xml reader: depth and number of elements have bounds") {
  const auto nested = [](size_t depth) {
    std::string text;
    for (size_t i = 0; i < depth; ++i) text += "<a>";
    for (size_t i = 0; i < depth; ++i) text += "</a>";
    return text;
  };
  REQUIRE(read_xml(nested(kXmlDepthMax)));
  REQUIRE_FALSE(read_xml(nested(kXmlDepthMax + 1)));
  REQUIRE_FALSE(read_xml(nested(100'000)));
  std::string wide = "<a>";
  for (size_t i = 0; i < kXmlElementsMax; ++i) wide += "<b/>";
  REQUIRE_FALSE(read_xml(wide + "</a>"));
}
