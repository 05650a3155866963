// Bugs planted between the shard and the world, each what a wrong shard would do at its boundary.
#pragma once

#include <array>

namespace edgehose::sim {

enum class Planted {
  none,
  accept_thrown_back,  // a throttled row counts as accepted
  accept_on_timeout,   // an answer that never came counts as acceptance
  resend_whole_batch,  // one throttled row: all rows again
  resend_at_once,      // no backoff
  answer_at_submit,    // 200 before anything is safe
  answer_before_disk,  // 200 when a row is on its way to the disk
  answer_twice,
  answer_late,  // past the deadline
  forget_wakes,
  linger_longer,
  delete_when_sent,  // a row goes when its lines are sent, not when they are accepted
  never_delete,
  forget_rows,    // a restart that takes nothing up
  reuse_row_ids,  // new rows over old ones
  load_other_row,
  lose_lines_of_member,  // a gzip member of all lines but the last
  mix_partitions,
  miscount_events,
  ignore_pace,
  hold_more,
  store_more,
  more_in_flight,
};

struct PlantedName {
  Planted bug;
  const char* name;
};

inline constexpr std::array<PlantedName, 22> kPlanted = {{
    {Planted::accept_thrown_back, "accept_thrown_back"},
    {Planted::accept_on_timeout, "accept_on_timeout"},
    {Planted::resend_whole_batch, "resend_whole_batch"},
    {Planted::resend_at_once, "resend_at_once"},
    {Planted::answer_at_submit, "answer_at_submit"},
    {Planted::answer_before_disk, "answer_before_disk"},
    {Planted::answer_twice, "answer_twice"},
    {Planted::answer_late, "answer_late"},
    {Planted::forget_wakes, "forget_wakes"},
    {Planted::linger_longer, "linger_longer"},
    {Planted::delete_when_sent, "delete_when_sent"},
    {Planted::never_delete, "never_delete"},
    {Planted::forget_rows, "forget_rows"},
    {Planted::reuse_row_ids, "reuse_row_ids"},
    {Planted::load_other_row, "load_other_row"},
    {Planted::lose_lines_of_member, "lose_lines_of_member"},
    {Planted::mix_partitions, "mix_partitions"},
    {Planted::miscount_events, "miscount_events"},
    {Planted::ignore_pace, "ignore_pace"},
    {Planted::hold_more, "hold_more"},
    {Planted::store_more, "store_more"},
    {Planted::more_in_flight, "more_in_flight"},
}};

}  // namespace edgehose::sim
