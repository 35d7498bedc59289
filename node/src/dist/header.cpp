#include "dist/header.hpp"

#include <beamnode/etf/tag.hpp>

#include <string>

namespace beamnode::dist {
namespace {

constexpr std::uint8_t dist_header = 68;
constexpr std::uint8_t dist_fragment_header = 69;
constexpr std::uint8_t dist_fragment = 70;

}  // namespace

result<opened_frame> open_frame(etf::bytes_view body) {
  if (body[0] == pass_through) return opened_frame{.terms = body.subspan(1)};
  if (body[0] == etf::version_magic && body.size() > 1 && body[1] >= dist_header &&
      body[1] <= dist_fragment) {
    return error(errc::header_not_negotiated,
                 body[1] == dist_header            ? "a frame that begins with 131, 68"
                 : body[1] == dist_fragment_header ? "a first fragment (131, 69)"
                                                   : "a further fragment (131, 70)");
  }
  return error(errc::unknown_frame, "its first byte is " + std::to_string(body[0]));
}

}  // namespace beamnode::dist
