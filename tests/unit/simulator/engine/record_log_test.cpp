#include "simulator/engine/record_log.h"

#include <catch2/catch.hpp>

using namespace edgehose;

TEST_CASE("record log: what is written is read, up to the first byte that is torn or changed") {
  std::string file;
  append_log_record(file, 1, "first");
  append_log_record(file, 2, "");
  const size_t whole = file.size();
  append_log_record(file, 3, std::string(1'000, 'x'));
  const LogFile all = read_log(file);
  REQUIRE(all.records.size() == 3);
  CHECK((all.records[0].kind == 1 && all.records[0].payload == "first"));
  CHECK((all.records[1].kind == 2 && all.records[1].payload.empty()));
  CHECK(all.good_bytes == file.size());
  for (size_t cut = whole; cut < file.size(); ++cut) {
    const LogFile torn = read_log(std::string_view(file).substr(0, cut));
    CHECK((torn.records.size() == 2 && torn.good_bytes == whole));
  }
  for (size_t at = whole; at < whole + 20; ++at) {
    std::string changed = file;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    CHECK(read_log(changed).records.size() == 2);
  }
}

TEST_CASE("record log: fields come back in their order, and a short payload is told apart") {
  const std::string payload = FieldWriter().number(7).text("a\nb").time(-1).text("").take();
  FieldReader in(payload);
  CHECK(in.number() == 7);
  CHECK(in.text() == "a\nb");
  CHECK(in.time() == -1);
  CHECK_FALSE(in.at_end());
  CHECK(in.text().empty());
  CHECK(in.at_end());
  CHECK(in.number() == 0);
  CHECK_FALSE(in.ok());
  for (size_t cut = 0; cut < payload.size(); ++cut) {
    FieldReader part(std::string_view(payload).substr(0, cut));
    (void)part.number();
    (void)part.text();
    (void)part.time();
    (void)part.text();
    CHECK_FALSE(part.at_end());
  }
  const std::string too_many = FieldWriter().number(UINT64_MAX).text("x").take();
  FieldReader many(too_many);
  CHECK(many.count() == 0);
  CHECK_FALSE(many.ok());
}
