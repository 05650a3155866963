#include "simulator/services/sqs/message_queue.h"

#include <algorithm>
#include <iterator>

namespace edgehose {

size_t MessageContent::bytes() const {
  size_t bytes = body.size();
  for (const MessageAttribute& attribute : attributes) {
    bytes += attribute.name.size() + attribute.type.size() + attribute.value.size();
  }
  return bytes;
}

uint64_t MessageQueue::add(QueuedMessage message) {
  const uint64_t number = next_number_;
  restore(number, std::move(message));
  return number;
}

void MessageQueue::restore(uint64_t number, QueuedMessage message) {
  next_number_ = std::max(next_number_, number + 1);
  remove(number);
  const int64_t due_ms = message.due_ms;
  const bool in_flight = message.in_flight;
  bytes_ += message.content->bytes();
  sent_.emplace(message.sent_ms, number);
  const At at = messages_.emplace(number, std::move(message)).first;
  at->second.in_flight = false;
  if (due_ms > 0) {
    hide(at, due_ms, in_flight);
  } else {
    visible_.insert(number);
  }
}

uint64_t MessageQueue::send(int64_t now_ms, MessagePtr content, int64_t delay_ms) {
  QueuedMessage message{.content = std::move(content), .sent_ms = now_ms};
  if (delay_ms > 0) message.due_ms = now_ms + delay_ms;
  return add(std::move(message));
}

MessageQueue::Taken MessageQueue::take(int64_t now_ms, const Take& how) {
  Taken taken;
  while (!visible_.empty()) {
    if (in_flight_ >= how.in_flight_max) {
      taken.over_limit = true;
      return taken;
    }
    const size_t skip = std::min(how.skip, visible_.size() - 1);
    const uint64_t number = *std::next(visible_.begin(), static_cast<std::ptrdiff_t>(skip));
    const At at = messages_.find(number);
    if (how.max_receive_count != 0 && at->second.receive_count >= how.max_receive_count) {
      taken.dead.push_back({number, forget(at)});
      continue;
    }
    QueuedMessage& message = at->second;
    if (message.receive_count++ == 0) message.first_receive_ms = now_ms;
    if (how.visibility_ms > 0) {
      visible_.erase(number);
      hide(at, now_ms + how.visibility_ms, true);
    }
    taken.message = NumberedMessage{number, message};
    return taken;
  }
  return taken;
}

MessageQueue::Found MessageQueue::erase(Receipt receipt, int64_t copy_until_ms) {
  const At at = messages_.find(receipt.number);
  if (at == messages_.end()) return Found::gone;
  if (at->second.receive_count != receipt.receive_count) return Found::stale;
  if (copy_until_ms == 0) {
    forget(at);
    return Found::yes;
  }
  if (at->second.due_ms > 0) show(at);
  visible_.erase(receipt.number);
  hide(at, copy_until_ms, true);
  return Found::yes;
}

MessageQueue::Found MessageQueue::change_visibility(int64_t now_ms, Receipt receipt,
                                                    int64_t visibility_ms) {
  const At at = messages_.find(receipt.number);
  if (at == messages_.end()) return Found::gone;
  if (at->second.receive_count != receipt.receive_count) return Found::stale;
  if (!at->second.in_flight) return Found::not_in_flight;
  show(at);
  if (visibility_ms > 0) {
    visible_.erase(receipt.number);
    hide(at, now_ms + visibility_ms, true);
  }
  return Found::yes;
}

std::vector<uint64_t> MessageQueue::advance(int64_t now_ms, int64_t retention_ms) {
  std::vector<uint64_t> expired;
  while (!sent_.empty() && sent_.begin()->first + retention_ms <= now_ms) {
    expired.push_back(sent_.begin()->second);
    forget(messages_.find(expired.back()));
  }
  while (!hidden_.empty() && hidden_.begin()->first <= now_ms) {
    show(messages_.find(hidden_.begin()->second));
  }
  return expired;
}

std::optional<NumberedMessage> MessageQueue::pop() {
  if (visible_.empty()) return std::nullopt;
  const At at = messages_.find(*visible_.begin());
  const uint64_t number = at->first;
  return NumberedMessage{number, forget(at)};
}

void MessageQueue::remove(uint64_t number) {
  const At at = messages_.find(number);
  if (at != messages_.end()) forget(at);
}

void MessageQueue::clear() {
  while (!messages_.empty()) forget(messages_.begin());
}

int64_t MessageQueue::next_due_ms(int64_t retention_ms) const {
  const int64_t due_ms = hidden_.empty() ? INT64_MAX : hidden_.begin()->first;
  return sent_.empty() ? due_ms : std::min(due_ms, sent_.begin()->first + retention_ms);
}

const QueuedMessage* MessageQueue::find(uint64_t number) const {
  const auto at = messages_.find(number);
  return at == messages_.end() ? nullptr : &at->second;
}

std::optional<int64_t> MessageQueue::oldest_ms() const {
  if (sent_.empty()) return std::nullopt;
  return sent_.begin()->first;
}

void MessageQueue::hide(At at, int64_t due_ms, bool in_flight) {
  at->second.due_ms = due_ms;
  at->second.in_flight = in_flight;
  if (in_flight) ++in_flight_;
  hidden_.emplace(due_ms, at->first);
}

void MessageQueue::show(At at) {
  hidden_.erase({at->second.due_ms, at->first});
  if (at->second.in_flight) --in_flight_;
  at->second.in_flight = false;
  at->second.due_ms = 0;
  visible_.insert(at->first);
}

QueuedMessage MessageQueue::forget(At at) {
  if (visible_.erase(at->first) == 0) {
    hidden_.erase({at->second.due_ms, at->first});
    if (at->second.in_flight) --in_flight_;
  }
  bytes_ -= at->second.content->bytes();
  sent_.erase({at->second.sent_ms, at->first});
  QueuedMessage message = std::move(at->second);
  messages_.erase(at);
  return message;
}

}  // namespace edgehose
