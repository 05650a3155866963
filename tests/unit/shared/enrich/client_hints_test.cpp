#include "shared/enrich/client_hints.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace edgehose;

TEST_CASE("client hints: the product's brand is told from the others") {
  struct Case {
    std::string list;
    std::string family;
    std::string major;
  };
  const std::vector<Case> cases = {
      {R"("Chromium";v="138", "Not)A;Brand";v="8", "Google Chrome";v="138")", "Chrome", "138"},
      {R"("Not/A)Brand";v="99", "Microsoft Edge";v="115", "Chromium";v="115")", "Edge", "115"},
      {R"(" Not A;Brand";v="99", "Chromium";v="96")", "Chromium", "96"},
      {R"("Brave";v="120","Chromium";v="120")", "Brave", "120"},
      {R"("Not_A Brand";v="8")", "", ""},
      {R"("A, B";v="1", "Chromium";v="2")", "A, B", "1"},
      {R"("broken)", "", ""},
      {"", "", ""},
      {";;;,,,\"", "", ""},
  };
  for (const Case& one : cases) {
    INFO(one.list);
    ClientHints hints;
    hints.brands = one.list;
    CHECK(hinted_brand(hints).family == one.family);
    CHECK(hinted_brand(hints).version.major == one.major);
  }
}

TEST_CASE("client hints: the full list is read before the short one") {
  ClientHints hints;
  hints.brands = R"("Google Chrome";v="138")";
  hints.full_version_list = R"("Google Chrome";v="138.0.7204.119", "Not)A;Brand";v="8.0.0.0")";
  const HintedBrand brand = hinted_brand(hints);
  CHECK(brand.version.major == "138");
  CHECK(brand.version.minor == "0");
  CHECK(brand.version.patch == "7204");
}

TEST_CASE("client hints: systems as uap-core names them") {
  struct Case {
    std::string platform;
    std::string version;
    std::string family;
    std::string os;
  };
  const std::vector<Case> cases = {
      {R"("Windows")", R"("15.0.0")", "Windows", "11.."},
      {R"("Windows")", R"("13.0.0")", "Windows", "11.."},
      {R"("Windows")", R"("10.0.0")", "Windows", "10.."},
      {R"("Windows")", R"("0.3.0")", "Windows", "8.1.."},
      {R"("Windows")", R"("0.9.0")", "Windows", ".."},
      {R"("Windows")", "", "Windows", ".."},
      {R"("macOS")", R"("15.5.0")", "Mac OS X", "15.5."},
      {R"("Android")", R"("14.0.0")", "Android", "14.."},
      {R"("Android")", R"("8.1.0")", "Android", "8.1."},
      {R"("Linux")", R"("6.8.0")", "Linux", ".."},
      {R"("Chrome OS")", R"("16002.44.0")", "Chrome OS", "16002.44."},
      {R"("Unknown")", R"("1.0")", "", ".."},
      {R"("Windows")", R"("x")", "Windows", ".."},
  };
  for (const Case& one : cases) {
    INFO(one.platform << one.version);
    ClientHints hints;
    hints.platform = one.platform;
    hints.platform_version = one.version;
    const HintedOs os = hinted_os(hints);
    CHECK(os.family == one.family);
    CHECK(std::string(os.version.major) + "." + std::string(os.version.minor) + "." +
              std::string(os.version.patch) ==
          one.os);
  }
}

TEST_CASE("client hints: a text that no browser sends is none") {
  CHECK(hint_text(R"("Pixel 8")") == "Pixel 8");
  CHECK(hint_text(" Pixel ") == "Pixel");
  CHECK(hint_text(R"("a\"b")").empty());
  CHECK(hint_text("\"\xe6\x9d\xb1\"").empty());
  CHECK(hint_text(std::string(129, 'a')).empty());
  CHECK(hint_text("\"").empty());
}
