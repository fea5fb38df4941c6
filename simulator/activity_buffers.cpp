#include "simulator/activity_buffers.h"

#include <unistd.h>

#include <chrono>
#include <cstring>
#include <utility>

namespace profile_train::simulator {

ActivityBuffers::~ActivityBuffers() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  retired_.notify_all();
  if (worker_ != nullptr) worker_->join();
}

void ActivityBuffers::set_functions(Request request, Complete complete) {
  const std::lock_guard lock(mutex_);
  request_ = std::move(request);
  complete_ = std::move(complete);
}

bool ActivityBuffers::ready() const {
  const std::lock_guard lock(mutex_);
  return static_cast<bool>(request_);
}

void ActivityBuffers::drop() {
  const std::lock_guard lock(mutex_);
  ++dropped_;
}

std::size_t ActivityBuffers::take_dropped() {
  const std::lock_guard lock(mutex_);
  return std::exchange(dropped_, 0);
}

void ActivityBuffers::write(const void* record, std::size_t bytes) {
  std::unique_lock lock(mutex_);
  while (!append_locked(record, bytes)) {
    const Request request = request_;
    if (!request) {
      ++dropped_;
      return;
    }
    lock.unlock();
    const Buffer fresh = request();
    lock.lock();
    if (fresh.begin == nullptr || fresh.bytes == 0) {
      ++dropped_;
      return;
    }
    // Another thread may have got one too: both stay, one after the other.
    open_.push_back(fresh);
    if (fresh.bytes < bytes) {  // no record fits: give it back, or this would go on for ever
      retire_locked();
      ++dropped_;
      return;
    }
  }
}

bool ActivityBuffers::append_locked(const void* record, std::size_t bytes) {
  while (!open_.empty()) {
    Buffer& buffer = open_.front();
    const bool countable = buffer.max_records == 0 || buffer.records < buffer.max_records;
    if (countable && buffer.valid_bytes + bytes <= buffer.bytes) {
      std::memcpy(buffer.begin + buffer.valid_bytes, record, bytes);
      buffer.valid_bytes += bytes;
      ++buffer.records;
      return true;
    }
    full_.push_back(buffer);
    open_.pop_front();
    ++retired_count_;
    start_worker_locked();
    retired_.notify_one();
  }
  return false;
}

void ActivityBuffers::retire_locked() {
  retired_count_ += open_.size();
  full_.insert(full_.end(), open_.begin(), open_.end());
  open_.clear();
  start_worker_locked();
  retired_.notify_one();
}

void ActivityBuffers::flush() {
  std::unique_lock lock(mutex_);
  retire_locked();
  if (worker_->get_id() == std::this_thread::get_id()) return;  // it would wait for itself
  const std::uint64_t wanted = retired_count_;
  completed_.wait(lock, [&] { return completed_count_ >= wanted; });
}

void ActivityBuffers::flush_every(std::uint32_t milliseconds) {
  const std::lock_guard lock(mutex_);
  period_ms_ = milliseconds;
  start_worker_locked();
  retired_.notify_one();
}

void ActivityBuffers::start_worker_locked() {
  if (worker_ != nullptr && worker_process_ == getpid()) return;
  static_cast<void>(worker_.release());  // NOLINT(bugprone-unused-return-value): the parent's; there is nothing to join
  worker_process_ = getpid();
  worker_ = std::make_unique<std::thread>([this] { work(); });
}

void ActivityBuffers::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (full_.empty()) {
      if (period_ms_ == 0) {
        retired_.wait(lock);
      } else if (retired_.wait_for(lock, std::chrono::milliseconds(period_ms_)) == std::cv_status::timeout) {
        retire_locked();
      }
      continue;
    }
    const Buffer buffer = full_.front();
    full_.pop_front();
    const Complete complete = complete_;
    lock.unlock();
    if (complete) complete(buffer);
    lock.lock();
    ++completed_count_;
    completed_.notify_all();
  }
}

}  // namespace profile_train::simulator
