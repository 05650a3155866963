#include "shared/plan/schema_draft.h"

#include "tests/unit/shared/plan/plan_world.h"

using namespace edgehose;

// The draft is the compiler's own; what it holds shows in what is written.
TEST_CASE("schema draft: a schema that says nothing of a kind of value writes no checks for it") {
  const TestPlan plain(compile_schema(R"({"type":"string"})"));
  const TestPlan bounded(compile_schema(R"({"type":"string","minLength":1})"));
  CHECK(plain.compiled.bytes.size() < bounded.compiled.bytes.size());
  const plan_binary::View view(plain.compiled.bytes);
  const uint32_t root = (*plain.plan)[0].root();
  for (auto cell : {plan_binary::kNodeString, plan_binary::kNodeNumber, plan_binary::kNodeObject,
                    plan_binary::kNodeArray, plan_binary::kNodeValues}) {
    CHECK(view[root + cell] == 0);
  }
}
