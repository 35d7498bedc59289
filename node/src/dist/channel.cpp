#include "dist/channel.hpp"

#include <beamnode/etf/external.hpp>
#include <beamnode/etf/shared_buffer.hpp>
#include <beamnode/etf/spare_buffers.hpp>
#include <beamnode/handshake/flags.hpp>

#include <string>

#include "dist/header.hpp"

namespace beamnode::dist {
namespace {

using std::chrono::nanoseconds;

/// A tick is answered with one only after this long without a write: two sides that both answer
/// would otherwise keep each other busy for ever.
constexpr std::chrono::seconds echo_silence{1};

/// Fragments of large messages are queued up to this many bytes; what others send meanwhile waits
/// for no more than these.
constexpr std::size_t fragments_ahead = 2 * fragmenter::fragment_size;

/// A fragment may take the connection for this long, while nobody else is using it.
constexpr std::chrono::milliseconds longest_wait{100};
constexpr std::size_t longest_fragment = std::size_t{256} * 1024 * 1024;

error malformed(errc code, std::uint64_t op, const etf::error& cause) {
  std::string detail;
  if (op != 0) {
    detail += op <= UINT8_MAX ? name_of(static_cast<opcode>(op)) : "unknown";
    detail += ", ";
  }
  return error(code, detail + cause.message());
}

/// Takes the version byte in front of a term. errc::none if what follows may be one.
etf::errc strip(bytes_view& terms, bool versioned) {
  if (versioned) {
    if (terms.empty()) return etf::errc::truncated;
    if (terms[0] != etf::version_magic) return etf::errc::bad_version;
    terms = terms.subspan(1);
  }
  return etf::errc::none;
}

bool is_compressed(bytes_view terms) {
  return !terms.empty() && terms[0] == static_cast<std::uint8_t>(etf::tag::compressed);
}

}  // namespace

channel::channel(channel_options options, time_point now)
    : framing_(framing_of(options.flags)),
      numbers_atoms_((options.flags & handshake::flag::dist_hdr_atom_cache) != 0),
      in_(std::min(options.max_frame, longest_frame)),
      pieces_(options.max_frame, options.max_unfinished),
      bounds_(options.bounds),
      tick_time_(options.tick_time),
      tick_period_(nanoseconds(options.tick_time) / std::max(options.tick_intensity, 1U)),
      last_read_(now),
      last_written_(now),
      tick_due_(now + tick_period_) {}

void channel::commit(std::size_t count, time_point now) noexcept {
  if (count == 0) return;
  in_.commit(count);
  counters_.bytes_in += count;
  last_read_ = now;
}

result<std::optional<channel::event>> channel::next() {
  while (true) {
    const auto frame = in_.next();
    if (!frame) return frame.error();
    if (!*frame) return std::optional<event>{};
    if ((*frame)->empty()) {
      echo_tick();
      continue;
    }
    result<std::optional<event>> received(std::optional<event>{std::in_place});
    const auto read = read_frame(**frame, **received);
    if (!read) return read.error();
    if (!*read) continue;
    ++counters_.messages_in;
    return received;
  }
}

result<bool> channel::read_frame(bytes_view body, event& into) {
  const auto frame = open_frame(body, framing_, atoms_);
  if (!frame) return frame.error();
  into.atom_refs = frame->atom_refs;
  into.owner = in_.owner();
  bytes_view terms = frame->terms;
  if (frame->sequence != 0 && !(frame->is_first && frame->fragment == 1)) {
    auto whole = pieces_.add(*frame);
    if (!whole) return whole.error();
    if (!*whole) return false;
    whole_ = std::move(**whole);
    into.atom_refs = whole_.atom_refs;
    into.owner = &whole_.terms;
    terms = whole_.terms;
  }
  if (const auto read = read_message(terms, frame->versioned, into); !read) return read.error();
  return true;
}

result<void> channel::read_message(bytes_view terms, bool versioned, event& into) const {
  if (const etf::errc wrong = strip(terms, versioned); wrong != etf::errc::none) {
    return malformed(errc::malformed_control, 0, etf::error(wrong));
  }
  if (is_compressed(terms)) return error(errc::compressed_term);
  etf::reader in(terms, into.atom_refs);
  parse(in, into.control);
  if (!in.ok()) return malformed(errc::malformed_control, 0, in.failure());

  const std::uint64_t op = operation_of(into.control);
  if (op > UINT8_MAX || !has_payload(static_cast<opcode>(op))) return {};
  terms = in.rest();
  if (terms.empty()) {
    return error(errc::payload_missing, std::string(name_of(static_cast<opcode>(op))));
  }
  if (const etf::errc wrong = strip(terms, versioned); wrong != etf::errc::none) {
    return malformed(errc::malformed_payload, op, etf::error(wrong));
  }
  if (is_compressed(terms)) return error(errc::compressed_term);
  const auto payload = etf::validate(terms, bounds_, into.atom_refs);
  if (!payload) return malformed(errc::malformed_payload, op, payload.error());
  into.payload = terms.first(*payload);
  return {};
}

etf::byte_buffer& channel::empty_control() {
  thread_local etf::byte_buffer encoded;
  encoded.clear();
  return encoded;
}

// Frames that carry new atoms must leave in the order they were made in: a frame that is held back
// behind a large message has none.
bool channel::send_numbered(const pid& sender, bytes_view control, bytes_view payload) {
  thread_local etf::byte_buffer terms;
  terms.clear();
  numbers_.begin();
  if (!numbers_.rewrite(control, terms) ||
      (!payload.empty() && !numbers_.rewrite(payload, terms))) {
    numbers_.give_up();
    return false;
  }
  etf::byte_buffer& out = out_.bytes();
  const std::size_t frame = out.size();
  std::uint8_t* const front = out.extend(frame_header_size + 2);
  front[frame_header_size] = etf::version_magic;
  front[frame_header_size + 1] = header_form;
  numbers_.write_header(out);
  return end_frame(sender, frame, true, terms);
}

std::size_t channel::begin_frame() {
  etf::byte_buffer& out = out_.bytes();
  const std::size_t frame = out.size();
  if (framing_ == framing::plain) {
    std::uint8_t* const front = out.extend(frame_header_size + 2);
    front[frame_header_size] = pass_through;
    front[frame_header_size + 1] = etf::version_magic;
  } else {
    std::uint8_t* const front = out.extend(frame_header_size + 3);
    front[frame_header_size] = etf::version_magic;
    front[frame_header_size + 1] = header_form;
    front[frame_header_size + 2] = 0;  // atoms in the header
  }
  return frame;
}

bool channel::end_frame(const pid& sender, std::size_t frame, bool good, bytes_view payload) {
  etf::byte_buffer& out = out_.bytes();
  const std::size_t control_size = out.size() - frame - frame_header_size;
  if (!good || payload.size() >= longest_frame - control_size) {
    out.truncate(frame);
    return false;
  }
  if (!payload.empty()) {
    if (framing_ == framing::plain) out.append(etf::version_magic);
    out.append(payload);
  }
  const std::size_t size = out.size() - frame;
  etf::store_big(out.data() + frame, static_cast<std::uint32_t>(size - frame_header_size));
  ++counters_.messages_out;
  if (large_.empty()) {
    out_.appended(size);
  } else if (large_.has(sender)) {
    large_.add_behind(sender, out.view().subspan(frame));
    out.truncate(frame);
  } else {
    out_.appended(size);
    // However much others send, those with large messages have their turns.
    since_turn_ += size;
    if (since_turn_ >= fragmenter::fragment_size) {
      since_turn_ = 0;
      large_.take_turn(out_);
    }
  }
  return true;
}

bool channel::send_large(const pid& sender, etf::byte_buffer control, bool good, bytes_view payload,
                         etf::byte_buffer* owner) {
  if (!good || control.size() >= longest_frame - 2 * fragmenter::fragment_size) return false;
  const bool is_owned =
      owner != nullptr && owner->data() == payload.data() && owner->size() == payload.size();
  etf::spare_buffers& spares = etf::spare_buffers::of_this_thread();
  etf::byte_buffer content = spares.take(payload.size());
  if (is_owned) {
    content.swap(*owner);
  } else {
    content.append(payload);
  }
  large_.add_large(sender, std::move(control), etf::share(std::move(content)), lone_size());
  ++counters_.messages_out;
  return true;
}

// Where one process alone uses the connection, its message goes in pieces as large as a newcomer
// can be expected to wait for.
std::size_t channel::lone_size() const noexcept {
  if (!same_sender_) return fragmenter::lone_fragment_size;
  return std::clamp(pace_.bytes_in(longest_wait), fragmenter::lone_fragment_size, longest_fragment);
}

std::size_t channel::output(std::span<bytes_view> into) {
  while (!large_.empty() && out_.pending() < fragments_ahead) large_.take_turn(out_);
  return out_.front(into);
}

void channel::written(std::size_t count, time_point now) noexcept {
  if (count == 0) return;
  out_.written(count);
  counters_.bytes_out += count;
  pace_.wrote(count, now, pending_output() != 0);
  last_written_ = now;
  tick_due_ = now + tick_period_;
}

void channel::append_tick() {
  etf::store_big(out_.bytes().extend(frame_header_size), std::uint32_t{0});
  out_.appended(frame_header_size);
}

void channel::echo_tick() {
  if (pending_output() == 0 && last_read_ - last_written_ >= echo_silence) append_tick();
}

channel::time_point channel::next_tick() const noexcept {
  return std::min(tick_due_, peer_dead_at());
}

channel::tick_action channel::on_tick(time_point now) {
  if (now >= peer_dead_at()) return tick_action::peer_dead;
  if (now < tick_due_) return tick_action::none;
  tick_due_ = now + tick_period_;
  // Bytes that wait already will do as a sign of life.
  if (pending_output() != 0) return tick_action::none;
  append_tick();
  return tick_action::sent_tick;
}

}  // namespace beamnode::dist
