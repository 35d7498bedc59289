#include "dist/error.hpp"

namespace beamnode::dist {
namespace {

std::string_view sentence(errc code) {
  switch (code) {
    case errc::none: return "no error";
    case errc::frame_too_large: return "the peer announced a frame above the limit";
    case errc::header_not_negotiated:
      return "the peer sent a distribution header that was not negotiated";
    case errc::header_missing: return "the peer sent a frame without a distribution header";
    case errc::malformed_header: return "the peer sent a malformed distribution header";
    case errc::malformed_fragment: return "the peer sent a fragment that belongs nowhere";
    case errc::too_many_fragments: return "the peer began more messages than it ended";
    case errc::message_too_large: return "the peer sent a message above the limit";
    case errc::unknown_frame: return "the peer sent a frame of an unknown kind";
    case errc::compressed_term: return "the peer sent a compressed term";
    case errc::malformed_control: return "the peer sent a malformed control message";
    case errc::payload_missing: return "the peer sent a control message without its payload";
    case errc::malformed_payload: return "the peer sent a malformed payload";
  }
  return "an unknown error";
}

}  // namespace

std::string error::message() const {
  std::string text(sentence(code_));
  if (!detail_.empty()) text.append(": ").append(detail_);
  return text;
}

}  // namespace beamnode::dist
