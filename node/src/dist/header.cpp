#include "dist/header.hpp"

#include <beamnode/etf/tag.hpp>
#include <beamnode/handshake/flags.hpp>

#include <string>

namespace beamnode::dist {
namespace {

using etf::bytes_view;

/// Sequence and fragment numbers of 64 bits each.
constexpr std::size_t numbers_size = 16;

error not_agreed(std::uint8_t form) {
  return error(errc::header_not_negotiated, form == header_form ? "a frame that begins with 131, 68"
                                            : form == first_fragment_form
                                                ? "a first fragment (131, 69)"
                                                : "a further fragment (131, 70)");
}

result<void> read_numbers(bytes_view& left, opened_frame& into) {
  if (left.size() < numbers_size) {
    return error(errc::malformed_fragment, "it ends inside its numbers");
  }
  into.sequence = etf::load_big<std::uint64_t>(left.data());
  into.fragment = etf::load_big<std::uint64_t>(left.data() + 8);
  left = left.subspan(numbers_size);
  if (into.sequence == 0) return error(errc::malformed_fragment, "its sequence number is 0");
  if (into.fragment == 0) return error(errc::malformed_fragment, "its fragment number is 0");
  return {};
}

}  // namespace

framing framing_of(std::uint64_t agreed_flags) noexcept {
  if ((agreed_flags & handshake::flag::fragments) != 0) return framing::fragments;
  return (agreed_flags & handshake::flag::dist_hdr_atom_cache) != 0 ? framing::header
                                                                    : framing::plain;
}

result<opened_frame> open_frame(bytes_view body, framing agreed, atom_cache& cache) {
  if (body[0] == pass_through) {
    if (agreed != framing::plain) return error(errc::header_missing);
    return opened_frame{.terms = body.subspan(1), .versioned = true};
  }
  if (body[0] != etf::version_magic || body.size() < 2 || body[1] < header_form ||
      body[1] > fragment_form) {
    return error(errc::unknown_frame, "its first byte is " + std::to_string(body[0]));
  }
  const std::uint8_t form = body[1];
  if (agreed == framing::plain || (agreed == framing::header && form != header_form)) {
    return not_agreed(form);
  }
  opened_frame frame{.is_first = form != fragment_form};
  bytes_view left = body.subspan(2);
  if (form != header_form) {
    if (const auto read = read_numbers(left, frame); !read) return read.error();
  }
  if (frame.is_first) {
    const result<std::size_t> header = cache.read(left);
    if (!header) return header.error();
    left = left.subspan(*header);
    frame.atom_refs = cache.refs();
  }
  frame.terms = left;
  return frame;
}

}  // namespace beamnode::dist
