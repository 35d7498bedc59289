#include <beamnode/epmd_client/error.hpp>

namespace beamnode::epmd {
namespace {

class epmd_category final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "beamnode.epmd"; }
  [[nodiscard]] std::string message(int code) const override {
    return std::string(name_of(static_cast<errc>(code)));
  }
};

}  // namespace

std::string_view name_of(errc code) noexcept {
  switch (code) {
    case errc::none: return "no error";
    case errc::name_invalid: return "the name cannot be that of a node";
    case errc::name_taken: return "the name is already taken";
    case errc::unknown_node: return "no node of this name is registered";
    case errc::malformed_reply: return "the reply is malformed";
    case errc::closed_early: return "the connection was closed before the reply was complete";
    case errc::host_not_found: return "the host was not found";
    case errc::unreachable: return "no epmd could be reached";
    case errc::timed_out: return "no reply in time";
    case errc::cancelled: return "the request was cancelled";
  }
  return "an unknown epmd error";
}

std::string error::message() const {
  std::string text;
  if (!where_.empty()) text.append("epmd at ").append(where_).append(": ");
  text += name_of(code_);
  if (!detail_.empty()) text.append(": ").append(detail_);
  return text;
}

const std::error_category& category() noexcept {
  static const epmd_category the_category;
  return the_category;
}

}  // namespace beamnode::epmd
